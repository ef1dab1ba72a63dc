using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>A picture and the boxes of its objects.</summary>
/// <param name="Boxes">In pixels; those of YOLO files are shares of the picture until its size is known.</param>
public sealed record BoxedPicture(string Path, IReadOnlyList<Box> Boxes, bool AreShares = false)
{
    public IReadOnlyList<Box> InPixels(int width, int height) =>
        AreShares ? [.. Boxes.Select(box => new Box(box.X * width, box.Y * height, box.Width * width, box.Height * height))] : Boxes;
}

/// <summary>
/// Boxes as they are published: PASCAL VOC's <c>NAME.xml</c>, COCO's <c>instances.json</c>, or YOLO's <c>NAME.txt</c>. Objects that COCO
/// marks as a crowd do not count. Pictures without boxes are left out.
/// </summary>
public static class BoxedPictures
{
    /// <param name="images">The folder of the pictures.</param>
    /// <param name="boxes">A COCO json file, or a folder of xml or of txt files.</param>
    /// <exception cref="UserException">A file is missing or broken; the sentence names it, and the line.</exception>
    public static IReadOnlyList<BoxedPicture> Open(string images, string boxes)
    {
        if (!Directory.Exists(images))
        {
            throw new UserException($"There is no folder {images}; expected the pictures that the boxes belong to.");
        }

        BoxedPicture[] pictures = File.Exists(boxes) ? Coco(images, boxes) : Folder(images, boxes);
        BoxedPicture[] boxed = [.. pictures.Where(picture => picture.Boxes.Count > 0)];
        return boxed.Length > 0 ? boxed : throw new UserException($"{boxes} holds no boxes; there is nothing to compare with.");
    }

    private static BoxedPicture[] Folder(string images, string boxes)
    {
        if (!Directory.Exists(boxes))
        {
            throw new UserException(
                $"There are no boxes {boxes}; --boxes takes a COCO json file, or a folder of VOC xml or YOLO txt files.");
        }

        string[] files = [.. Directory.EnumerateFiles(boxes, "*.xml").Order(StringComparer.Ordinal)];
        if (files.Length > 0)
        {
            return [.. files.Select(file => new BoxedPicture(PictureOf(images, file), Voc(file)))];
        }

        files = [.. Directory.EnumerateFiles(boxes, "*.txt").Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? [.. files.Select(file => new BoxedPicture(PictureOf(images, file), Yolo(file), AreShares: true))]
            : throw new UserException(
                $"{boxes} holds neither xml nor txt files; --boxes takes a COCO json file, or a folder of VOC xml or YOLO txt files.");
    }

    private static string PictureOf(string images, string boxFile)
    {
        string name = Path.GetFileNameWithoutExtension(boxFile);
        return Directory.EnumerateFiles(images, $"{name}.*").FirstOrDefault(ImageFolder.IsPicture)
            ?? throw new UserException($"There is no picture {name} in {images}, to which {boxFile} belongs.");
    }

    /// <summary>VOC counts pixels from 1 and includes the last: (1, width) is the whole picture, 0 to width.</summary>
    private static List<Box> Voc(string file)
    {
        try
        {
            List<Box> boxes = [];
            foreach (XElement element in XDocument.Load(file, LoadOptions.SetLineInfo).Descendants("object"))
            {
                XElement corners = element.Element("bndbox") ?? throw Broken(element, "an object without bndbox");
                double Corner(string name) =>
                    double.TryParse(corners.Element(name)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                    ? value
                    : throw Broken(corners, $"a bndbox without a number {name}");
                boxes.Add(Box.Between(Corner("xmin") - 1, Corner("ymin") - 1, Corner("xmax"), Corner("ymax")));
            }

            return boxes;
        }
        catch (XmlException error)
        {
            throw new UserException($"{file}, line {error.LineNumber}: not valid XML ({error.Message.TrimEnd('.')}).", error);
        }

        UserException Broken(XElement element, string what) =>
            new($"{file}, line {((IXmlLineInfo)element).LineNumber}: {what}; expected PASCAL VOC's annotations.");
    }

    private static List<Box> Yolo(string file)
    {
        List<Box> boxes = [];
        string[] lines = File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            double[] values = [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
                    : double.NaN)];
            if (values.Length == 5 && values.All(double.IsFinite))
            {
                boxes.Add(new(values[1] - (values[3] / 2), values[2] - (values[4] / 2), values[3], values[4]));
            }
            else if (values.Length > 0)
            {
                throw new UserException($"{file}, line {i + 1}: \"{lines[i]}\" is not class, centre and size of a box as five numbers.");
            }
        }

        return boxes;
    }

    /// <summary>Corners are rounded to whole pixels, as LOST's code does.</summary>
    private static BoxedPicture[] Coco(string images, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            ILookup<long, Box> boxes = document.RootElement.GetProperty("annotations").EnumerateArray()
                .Where(annotation => !annotation.TryGetProperty("iscrowd", out JsonElement crowd) || crowd.GetInt32() == 0)
                .ToLookup(annotation => annotation.GetProperty("image_id").GetInt64(), annotation =>
                    CocoBox(annotation.GetProperty("bbox")));
            return [.. document.RootElement.GetProperty("images").EnumerateArray().Select(image =>
            {
                string path = Path.Combine(images, image.GetProperty("file_name").GetString()!);
                return File.Exists(path)
                    ? new BoxedPicture(path, [.. boxes[image.GetProperty("id").GetInt64()]])
                    : throw new UserException($"There is no picture {path}, which {file} lists.");
            })];
        }
        catch (JsonException error)
        {
            throw new UserException($"{file}, line {error.LineNumber + 1}: not valid JSON.", error);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UserException(
                $"{file} is no COCO instances file ({error.Message.TrimEnd('.')}); expected images with id and file_name, and annotations with "
                + "image_id and bbox.", error);
        }
    }

    private static Box CocoBox(JsonElement box)
    {
        double[] values = [.. box.EnumerateArray().Select(number => number.GetDouble())];
        return values.Length == 4
            ? Box.Between(Math.Round(values[0]), Math.Round(values[1]), Math.Round(values[0] + values[2]),
                Math.Round(values[1] + values[3]))
            : throw new FormatException($"A bbox of {values.Length} numbers.");
    }
}

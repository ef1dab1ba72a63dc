using System.Text.Json;
using System.Text.RegularExpressions;
using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Dataset;

/// <summary>
/// Objects of frames from a file in COCO format: labels (an object with images and annotations) or detections (a list with image_id,
/// category_id and score). An image's frame is its frame_id where it has one (CocoVID), else the number that its file name ends with, counted
/// from 0; in a folder of pictures it is the picture of that name. A detection's image_id is the frame itself.
/// </summary>
internal sealed partial class CocoLabels
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    // Headers may be off by a few frames; the survey counts them.
    private const double CountTolerance = 1.02;

    private readonly string _path;
    private readonly CocoFile _content;
    private readonly Dictionary<long, FrameLabels> _ofImages;
    private readonly Dictionary<long, string> _videos;

    private CocoLabels(string path, CocoFile content, double leastScore)
    {
        (_path, _content) = (path, content);
        _videos = (content.Videos ?? []).DistinctBy(video => video.Id).ToDictionary(video => video.Id, video => Path.GetFileNameWithoutExtension(video.Name));
        _ofImages = content.Images.DistinctBy(image => image.Id).ToDictionary(image => image.Id, _ => new FrameLabels(0, 0));
        foreach (IGrouping<long, CocoAnnotation> group in content.Annotations.GroupBy(annotation => annotation.ImageId))
        {
            if (!_ofImages.ContainsKey(group.Key))
            {
                throw new UserException(
                    $"'{path}' has an annotation of image {group.Key}, which is not among its images; export it again with all images.");
            }

            CocoAnnotation[] counted = [.. group.Where(annotation => annotation.Score is null || annotation.Score >= leastScore)];
            _ofImages[group.Key] = new(counted.Length, counted.Select(annotation => annotation.CategoryId).Distinct().Count());
        }
    }

    /// <param name="leastScore">Detections below it are left out; annotations without a score all count.</param>
    /// <exception cref="UserException">The file is missing or not in COCO format.</exception>
    public static CocoLabels Load(string path, double leastScore)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            int first = stream.ReadByte();
            while (first is ' ' or '\n' or '\r' or '\t' or 0xEF or 0xBB or 0xBF)
            {
                first = stream.ReadByte();
            }

            stream.Position = 0;
            if (first != '[')
            {
                return new(path, Read<CocoFile>(stream), leastScore);
            }

            List<CocoAnnotation> detections = Read<List<CocoAnnotation>>(stream);
            List<CocoImage> images = [.. detections.Select(detection => detection.ImageId).Distinct().Select(id => new CocoImage(id, null, id, null))];
            return new(path, new(images, detections, null), leastScore);
        }
        catch (JsonException error)
        {
            throw new UserException(
                $"'{path}' is no label file in COCO format ({error.Message.TrimEnd('.')}); expected an object with images and annotations, "
                + "or a list of detections with image_id and category_id.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The label file '{path}' cannot be opened ({error.Message.TrimEnd('.')}); check the path.", error);
        }
    }

    private static T Read<T>(Stream stream) => JsonSerializer.Deserialize<T>(stream, Json) ?? throw new JsonException("it holds nothing");

    /// <summary>Labels by the number of the frame, for each of the videos.</summary>
    /// <exception cref="UserException">An image belongs to none of them, or its frame is not there.</exception>
    public IReadOnlyList<IReadOnlyDictionary<long, FrameLabels>> Of(IReadOnlyList<VideoInfo> videos)
    {
        string[] names = [.. videos.Select(video => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(video.Path)))];
        ILookup<string, CocoImage> ofVideos = _content.Images.ToLookup(VideoOf);
        bool areAllOfOne = videos.Count == 1 && !ofVideos.Contains(names[0]);
        if (videos.Count > 1 && ofVideos.FirstOrDefault(images => !names.Contains(images.Key)) is { } strays)
        {
            throw new UserException(
                $"'{_path}': image {strays.First().Id} belongs to none of the {videos.Count} videos; name a video's file, without its extension, in videos and video_id, "
                + "or as the folder in file_name.");
        }

        return [.. videos.Select((video, i) => FramesOf(video, areAllOfOne ? _content.Images : ofVideos[names[i]]))];
    }

    private Dictionary<long, FrameLabels> FramesOf(VideoInfo video, IEnumerable<CocoImage> images)
    {
        Dictionary<string, long>? pictures = Directory.Exists(video.Path)
            ? PictureFolderReader.Files(video.Path).Index().ToDictionary(file => Path.GetFileName(file.Item), file => (long)file.Index)
            : null;
        Dictionary<long, FrameLabels> frames = [];
        foreach (CocoImage image in images)
        {
            long frame = FrameOf(image, video, pictures);
            if (frame < 0 || frame > CountTolerance * video.FrameCountEstimate)
            {
                throw new UserException(
                    $"'{_path}': image {image.Id} is frame {frame}, but '{video.Path}' has {video.FrameCountEstimate} frames, counted from 0; "
                    + "give the labels of this video.");
            }

            if (!frames.TryAdd(frame, _ofImages[image.Id]))
            {
                throw new UserException(
                    $"'{_path}': image {image.Id} is frame {frame} of '{video.Path}', as another image is; list each frame once.");
            }
        }

        return frames;
    }

    private long FrameOf(CocoImage image, VideoInfo video, Dictionary<string, long>? pictures)
    {
        if (pictures is not null && image.FileName is not null)
        {
            return pictures.TryGetValue(Path.GetFileName(image.FileName), out long index)
                ? index
                : throw new UserException(
                    $"'{_path}': image {image.Id} is '{image.FileName}', which the folder '{video.Path}' does not hold; give its own labels.");
        }

        return image.FrameId
            ?? (long.TryParse(LastNumber().Match(Path.GetFileNameWithoutExtension(image.FileName ?? "")).Value, out long number)
                ? number
                : throw new UserException(
                    $"'{_path}': image {image.Id} says no frame; give it a frame_id, or a file_name that ends with the frame's number, from 0."));
    }

    private string VideoOf(CocoImage image) => image.VideoId is { } id && _videos.TryGetValue(id, out string? name)
        ? name
        : Path.GetFileName(Path.GetDirectoryName(image.FileName) ?? "");

    [GeneratedRegex("[0-9]+$")]
    private static partial Regex LastNumber();

    private sealed record CocoFile(List<CocoImage> Images, List<CocoAnnotation> Annotations, List<CocoVideo>? Videos = null);

    private sealed record CocoVideo(long Id, string Name);

    private sealed record CocoImage(long Id, string? FileName = null, long? FrameId = null, long? VideoId = null);

    private sealed record CocoAnnotation(long ImageId, long CategoryId, double? Score = null);
}

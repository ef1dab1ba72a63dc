using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Augment;

/// <summary>
/// The box of a random resized crop, by torchvision's rule: area and logarithm of the aspect ratio uniform, ten tries to fit it in; after them the
/// largest box in the middle whose ratio lies in the range.
/// </summary>
internal static class RandomResizedCrop
{
    public static CropBox Draw(ViewNumbers numbers, PictureSize picture, DrawRange scale, DrawRange aspectRatio)
    {
        DrawRange logarithm = new(MathF.Log(aspectRatio.Low), MathF.Log(aspectRatio.High));
        for (uint number = 0; number < 4 * ViewNumbers.Tries; number += 4)
        {
            double area = (double)picture.Height * picture.Width * numbers.Uniform(number, scale);
            double ratio = Math.Exp(numbers.Uniform(number + 1, logarithm));
            int width = (int)Math.Round(Math.Sqrt(area * ratio)), height = (int)Math.Round(Math.Sqrt(area / ratio));
            if (width > 0 && width <= picture.Width && height > 0 && height <= picture.Height)
            {
                int top = numbers.Integer(number + 2, picture.Height - height + 1), left = numbers.Integer(number + 3, picture.Width - width + 1);
                return new(top, left, height, width);
            }
        }

        return Middle(picture, aspectRatio);
    }

    private static CropBox Middle(PictureSize picture, DrawRange aspectRatio)
    {
        double ratio = (double)picture.Width / picture.Height;
        int width = ratio > aspectRatio.High ? (int)Math.Round(picture.Height * (double)aspectRatio.High) : picture.Width;
        int height = ratio < aspectRatio.Low ? (int)Math.Round(picture.Width / (double)aspectRatio.Low) : picture.Height;
        return new((picture.Height - height) / 2, (picture.Width - width) / 2, height, width);
    }
}

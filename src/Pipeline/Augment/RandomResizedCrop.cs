using DoRA.Kernels.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Augment;

/// <summary>
/// The box of a random resized crop, by torchvision's rule: area, and logarithm of width over height between 3/4 and 4/3, uniform; ten
/// tries to fit it in; after them the largest box in the middle whose ratio lies in the range.
/// </summary>
internal static class RandomResizedCrop
{
    private const double Narrowest = 3 / 4.0, Widest = 4 / 3.0;
    private static readonly Interval s_logarithm = new(Math.Log(Narrowest), Math.Log(Widest));

    public static CropBox Draw(ViewNumbers numbers, PictureSize picture, Interval scale)
    {
        for (uint number = 0; number < 4 * ViewNumbers.Tries; number += 4)
        {
            double area = (double)picture.Height * picture.Width * numbers.Uniform(number, scale);
            double ratio = Math.Exp(numbers.Uniform(number + 1, s_logarithm));
            int width = (int)Math.Round(Math.Sqrt(area * ratio)), height = (int)Math.Round(Math.Sqrt(area / ratio));
            if (width > 0 && width <= picture.Width && height > 0 && height <= picture.Height)
            {
                int top = numbers.Integer(number + 2, picture.Height - height + 1),
                    left = numbers.Integer(number + 3, picture.Width - width + 1);
                return new(top, left, height, width);
            }
        }

        return Middle(picture);
    }

    private static CropBox Middle(PictureSize picture)
    {
        double ratio = (double)picture.Width / picture.Height;
        int width = ratio > Widest ? (int)Math.Round(picture.Height * Widest) : picture.Width;
        int height = ratio < Narrowest ? (int)Math.Round(picture.Width / Narrowest) : picture.Height;
        return new((picture.Height - height) / 2, (picture.Width - width) / 2, height, width);
    }
}

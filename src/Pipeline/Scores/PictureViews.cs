using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Scores;

/// <summary>Cuts views out of pictures on the CPU.</summary>
internal static class PictureViews
{
    /// <summary>Normalised views [recipes, 3, height, width].</summary>
    /// <param name="pictures">Each [3, height, width] in 0..1.</param>
    /// <param name="from">Size of the pictures.</param>
    /// <param name="to">Size of the views.</param>
    public static float[] Cut(CpuDevice device, float[][] pictures, PictureSize from, PictureSize to, ViewRecipe[] recipes)
    {
        float[] views = new float[recipes.Length * 3 * to.Pixels];
        DeviceSpan source = device.Allocate(pictures.Length * 3L * from.Pixels, ElementType.Float32);
        DeviceSpan destination = device.Allocate(views.Length, ElementType.Float32);
        for (int i = 0; i < pictures.Length; i++)
        {
            device.Upload<float>(source.Slice(i * 3L * from.Pixels, pictures[i].Length), pictures[i]);
        }

        device.Kernels.Augment.MakeViews(destination, source, recipes, from, to);
        device.Download<float>(views, destination);
        source.Buffer.Dispose();
        destination.Buffer.Dispose();
        return views;
    }
}

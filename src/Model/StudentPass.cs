using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>
/// A share of the student's views, of one size. The shares are taken forward, compared with the teacher and walked back one after the
/// other, so that memory holds the activations of one at a time; their gradients add up to the step's.
/// </summary>
/// <param name="IsLocal">Whether its views are local ones.</param>
/// <param name="Picture">The first of its pictures among those of its kind.</param>
/// <param name="Pictures">How many they are.</param>
/// <param name="Row">The first of its views among all of the student's.</param>
/// <param name="Rows">How many they are: several masked views are made of a picture.</param>
internal readonly record struct StudentPass(bool IsLocal, int Picture, int Pictures, int Row, int Rows)
{
    /// <summary>
    /// What a block keeps of a token for the walk back, in values of the token's width: two normalised inputs, queries, keys, values, what
    /// attention gave, two sums with the residual, and the MLP's four times wider inside before and after GELU.
    /// </summary>
    private const int ValuesKept = 16;

    /// <summary>All views of a batch, first the global ones, in shares of no more than a device's budget.</summary>
    public static StudentPass[] Of(TrainingBatch batch, TrainingConfiguration configuration, Device device)
    {
        int objects = configuration.HasMasks ? configuration.Tracker.Objects : 1, globalViews = configuration.Method == TrainingMethod.Dino ? 2 : 1;
        StudentPass[] globals = [.. Split(globalViews, batch.Images, Most(batch.Globals, objects))
            .Select(part => new StudentPass(false, part.First, part.Count, part.First * objects, part.Count * objects))];
        int rows = globalViews * batch.Images * objects;
        return [.. globals, .. Split(batch.LocalViews, batch.Images, Most(batch.Locals, 1))
            .Select(part => new StudentPass(true, part.First, part.Count, rows + part.First, part.Count))];

        int Most(ImageBatch pictures, int viewsPerPicture)
        {
            VisionTransformerConfiguration backbone = configuration.Network.Backbone;
            (int gridRows, int gridColumns) = pictures.Count == 0 ? default : backbone.GridOf(pictures.Height, pictures.Width);
            long picture = (long)viewsPerPicture * (1 + (gridRows * gridColumns)) * backbone.Width * backbone.Depth * ValuesKept
                * device.ActivationType.Size();
            return (int)Math.Clamp(device.ActivationBudget / picture, 1, int.MaxValue);
        }
    }

    /// <summary>
    /// Pictures [views, images] in shares of at most so many: several whole views, or a part of one, so that within a share every image has
    /// as many pictures as another.
    /// </summary>
    private static IEnumerable<(int First, int Count)> Split(int views, int images, int most) => most >= images
        ? Parts(views, most / images).Select(part => (part.First * images, part.Count * images))
        : Enumerable.Range(0, views).SelectMany(view => Parts(images, most).Select(part => ((view * images) + part.First, part.Count)));

    /// <summary>As few parts as will do, as equal as can be.</summary>
    private static IEnumerable<(int First, int Count)> Parts(int all, int most)
    {
        int parts = (int)(((long)all + most - 1) / most);
        return Enumerable.Range(0, parts).Select(part => (all * part / parts, (all * (part + 1) / parts) - (all * part / parts)));
    }
}

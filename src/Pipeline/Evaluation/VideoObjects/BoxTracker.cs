using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>
/// Follows a box without training anything: the box is a mask whose labels are propagated, and read back as the box around the largest
/// connected part of the mask. The paper's tracker is not published; this is not it.
/// </summary>
public sealed class BoxTracker(FrozenEncoder encoder, PropagationSettings settings)
{
    /// <summary>A box a frame, the first one given.</summary>
    /// <param name="frames">Pictures of one size.</param>
    /// <param name="frameDone">Called after each frame.</param>
    public Box[] Track(IReadOnlyList<string> frames, Box start, Action frameDone, CancellationToken interruption)
    {
        RgbImage first = RgbImage.Load(frames[0]);
        FrameGrid grid = FrameGrid.Of(first.Width, first.Height, settings.ShortSide, encoder.Configuration.Patch);
        LabelPropagation propagation = new(encoder, settings, grid, grid.Tokens(encoder, grid.Resize(first)), OneHot(grid, start, first));
        Box[] boxes = new Box[frames.Count];
        boxes[0] = start;
        frameDone();
        for (int frame = 1; frame < boxes.Length; frame++)
        {
            interruption.ThrowIfCancellationRequested();
            float[] soft = propagation.Next(grid.Tokens(encoder, grid.Resize(RgbImage.Load(frames[frame]))));
            boxes[frame] = Largest(grid.Labels(soft, first.Width, first.Height)) ?? boxes[frame - 1];
            frameDone();
        }

        return boxes;
    }

    /// <summary>A box smaller than a patch still marks the patch of its middle.</summary>
    private static float[] OneHot(FrameGrid grid, Box box, RgbImage frame)
    {
        byte[] inside = new byte[frame.Width * frame.Height];
        for (int i = 0; i < inside.Length; i++)
        {
            (double x, double y) = ((i % frame.Width) + 0.5, (i / frame.Width) + 0.5);
            inside[i] = x >= box.X && x < box.Right && y >= box.Y && y < box.Bottom ? (byte)1 : (byte)0;
        }

        float[] labels = grid.OneHot(new(frame.Width, frame.Height, inside), 1);
        int row = (int)Math.Clamp((box.Y + (box.Height / 2)) / frame.Height * grid.Rows, 0, grid.Rows - 1);
        int column = (int)Math.Clamp((box.X + (box.Width / 2)) / frame.Width * grid.Columns, 0, grid.Columns - 1),
            middle = (row * grid.Columns) + column;
        (labels[middle], labels[grid.Patches + middle]) = (0, 1);
        return labels;
    }

    private static Box? Largest(LabelImage labels)
    {
        int[] parts = Components.Label([.. labels.Labels.Select(label => label == 1)], labels.Width);
        int[] sizes = new int[parts.Max() + 1];
        foreach (int part in parts.Where(part => part > 0))
        {
            sizes[part]++;
        }

        return Components.BoxAround(parts, labels.Width, sizes.Length == 1 ? -1 : Array.IndexOf(sizes, sizes.Max()));
    }
}

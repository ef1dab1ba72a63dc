namespace DoRA.Model;

/// <summary>The views of a batch of clips, in device memory. They must stay as they are until the step has returned.</summary>
/// <param name="Clips">B.</param>
/// <param name="Frames">T frames a clip; for DINO each is an image of its own.</param>
/// <param name="Globals">[global views, clips, frames, 3, height, width]; how many views: <see cref="TrainingConfiguration.GlobalViews"/>.
/// The teacher sees the first (with DINO both), the student masked copies of the first, without masks the second (with DINO both).</param>
/// <param name="Locals">[local views, clips, frames, 3, height, width]; of count 0 where there are none.</param>
public sealed record TrainingBatch(int Clips, int Frames, ImageBatch Globals, ImageBatch Locals)
{
    /// <summary>Frames of all clips.</summary>
    public int Images => Clips * Frames;

    public int GlobalViews => Globals.Count / Images;

    public int LocalViews => Locals.Count / Images;

    /// <summary>One global view of every frame.</summary>
    public ImageBatch GlobalView(int view) => Globals.Slice(view * Images, Images);
}

using DoRA.Kernels;

namespace DoRA.Model.Tests;

/// <summary>A network small enough to train in a test, and random views for it.</summary>
internal sealed class TrainingScene : IDisposable
{
    public const int Clips = 2, Frames = 3, LocalViews = 2, GlobalSize = 16, LocalSize = 8;

    private readonly TestBench _bench = new();

    public static TrainingConfiguration Configuration { get; } = new(
        new NetworkConfiguration(new(24, 3, 3, 4, GlobalSize), new(32, 16, 8), 0.2f, LinearInitialisation.UniformFanIn), Seed: 5)
    {
        Tracker = new(2),
    };

    public Device Device => _bench.Device;

    public StudentTeacher Training(TrainingConfiguration? configuration = null, Autograd.Communicator? communicator = null) =>
        new(Device, configuration ?? Configuration, communicator);

    public static StepSettings Settings(int step) => new((uint)step, 1e-3, 0.04, 0.9, 0.04);

    /// <summary>Random views of step <paramref name="step"/>.</summary>
    public TrainingBatch Batch(int step, int globalViews = 1)
    {
        Random random = new(step);
        return new(Clips, Frames, Images(random, globalViews, GlobalSize), Images(random, LocalViews, LocalSize));
    }

    /// <summary>The same views, with other pixels in one of them.</summary>
    public TrainingBatch Altered(TrainingBatch batch, bool locals, int view)
    {
        ImageBatch images = locals ? batch.Locals : batch.Globals;
        float[] pixels = _bench.Download(images.Pixels);
        int length = (int)(batch.Images * images.ImageLength);
        for (int i = view * length; i < (view + 1) * length; i++)
        {
            pixels[i] = -pixels[i];
        }

        ImageBatch altered = images with { Pixels = _bench.Upload(pixels) };
        return locals ? batch with { Locals = altered } : batch with { Globals = altered };
    }

    public static float[] State(StudentTeacher training) => [.. training.State.SelectMany(tensor => training.Device.Read(tensor.Data))];

    public void Dispose() => _bench.Dispose();

    /// <summary>Random pictures, always the same.</summary>
    public ImageBatch Pictures(int count, int size) => Pictures(new Random(3), count, size);

    private ImageBatch Images(Random random, int views, int size) => Pictures(random, views * Clips * Frames, size);

    private ImageBatch Pictures(Random random, int count, int size)
    {
        float[] pixels = [.. Enumerable.Range(0, count * 3 * size * size).Select(_ => (float)((random.NextDouble() * 4) - 2))];
        return new(_bench.Upload(pixels), count, size, size);
    }
}

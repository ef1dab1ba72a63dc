using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;

namespace DoRA.Model;

/// <summary>
/// Student and teacher, and the training step between them: the teacher looks at whole frames, discovers and tracks objects; the student
/// looks at masked and local views and learns to give the teacher's answer; the teacher follows the student.
/// </summary>
public sealed class StudentTeacher : IDisposable
{
    /// <summary>Steps after which a loss that was not read is overwritten.</summary>
    public const int LossesKept = 64;

    private readonly TrainingConfiguration _configuration;
    private readonly Communicator _communicator;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly ObjectTracker _tracker;
    private readonly DinoLoss _loss;
    private (int Clips, int Frames, int LocalViews, int GlobalHeight, int GlobalWidth, int LocalHeight, int LocalWidth) _shape;
    private StudentPass[] _passes = [];
    private DeviceSpan _losses;

    /// <summary>A fresh student with the first weights of the configuration's seed, and a teacher equal to it.</summary>
    /// <param name="communicator">Absent for a process that trains alone.</param>
    /// <exception cref="UserException">The configuration's sizes do not fit together.</exception>
    public StudentTeacher(Device device, TrainingConfiguration configuration, Communicator? communicator = null)
    {
        configuration.Validate();
        Device = device;
        _configuration = configuration;
        _communicator = communicator ?? Communicator.Alone;
        _arena = new(device);
        _tape = new(_arena);
        _tracker = new(configuration.Tracker, configuration.Fidelity);
        _loss = new(device, configuration.Network.Head.Outputs);
        Student = new(device, configuration.Network, isTrained: true);
        Teacher = new(device, configuration.Network, isTrained: false);
        Optimizer = new(Student.Parameters, Teacher.Parameters);
        Student.Parameters.Initialise(configuration.Seed);
        Teacher.Parameters.CopyFrom(Student.Parameters);
    }

    public Device Device { get; }

    public Network Student { get; }

    public Network Teacher { get; }

    public AdamW Optimizer { get; }

    /// <summary>[outputs]: the center of the teacher's logits.</summary>
    public DeviceSpan Center => _loss.Center;

    /// <summary>Bytes of activations taken from the device so far; after the first step of a shape it stays.</summary>
    public long ActivationBytes => _arena.Bytes;

    /// <summary>Steps taken by this object.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>The first step of the present shape of batches: results of earlier ones are gone.</summary>
    internal long FirstStepKept { get; private set; }

    /// <summary>All tensors that a checkpoint holds. How often each parameter was updated is <see cref="AdamW.StepCounts"/>.</summary>
    public IEnumerable<StateTensor> State =>
    [
        .. StateOf("student/", Student.Parameters.Weights),
        .. StateOf("teacher/", Teacher.Parameters.Weights),
        .. StateOf("mean/", Optimizer.Mean),
        .. StateOf("variance/", Optimizer.Variance),
        new("center", [_configuration.Network.Head.Outputs], Center),
    ];

    /// <summary>One training step.</summary>
    /// <exception cref="UserException">Pictures cannot be cut into whole patches.</exception>
    /// <exception cref="ArgumentException">The batch has not the number of global views that the configuration asks for.</exception>
    public StepResult Step(TrainingBatch batch, StepSettings settings)
    {
        StepResult result = Compute(batch, settings);
        Update(settings);
        return result;
    }

    /// <summary>
    /// Takes a step whose loss or gradient was no finite number again, changing nothing, and looks at every operation: where the first bad
    /// value arose, in words, or null where all values are finite now. AdamW leaves tensors with such a gradient alone, so the weights still
    /// are what the step was taken with.
    /// </summary>
    public string? FindNonFinite(TrainingBatch batch, StepSettings settings)
    {
        FiniteCheck check = new(Device);
        _tape.Watcher = check;
        try
        {
            Compute(batch, settings);
        }
        finally
        {
            _tape.Watcher = null;
        }

        return check.Found;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Student.Dispose();
        Teacher.Dispose();
        _loss.Dispose();
        FreeLosses();
        _arena.Dispose();
    }

    /// <summary>All of a step but the update.</summary>
    private StepResult Compute(TrainingBatch batch, StepSettings settings)
    {
        Begin(batch);
        TeacherOutput teacher = Teach(batch, settings);
        DeviceSpan teacherEntropy = _arena.Rent(teacher.Logits.Rows, ElementType.Float32);
        DeviceSpan losses = _losses.Slice(StepsTaken % LossesKept * _passes.Length, _passes.Length);
        for (int i = 0; i < _passes.Length; i++)
        {
            Tensor logits = Student.Head.Forward(_tape, Study(batch, i, teacher.Masks, settings));
            Tensor loss = _loss.Forward(
                _tape, logits, teacher.Logits, _configuration.StudentTemperature, (float)settings.TeacherTemperature, teacherEntropy, i);
            Device.Copy(losses.Slice(i, 1), loss.Data);
            _tape.Backward(loss, isLast: i == _passes.Length - 1);
        }

        DeviceSpan center = _arena.Rent(Center.Length, ElementType.Float32);
        Device.Copy(center, Center);
        return new(this, losses, Optimizer.Norms, teacher with { Center = center }, teacherEntropy)
        {
            MaskPatches = teacher.Masks.IsEmpty ? 0 : (int)(teacher.Masks.Length / (batch.Images * _configuration.Tracker.Objects)),
        };
    }

    private IEnumerable<StateTensor> StateOf(string kind, DeviceSpan flat) =>
        Student.Parameters.Parameters.Select(p => new StateTensor(kind + p.Name, p.Shape, flat.Slice(p.Offset, p.Length)));

    private void Begin(TrainingBatch batch)
    {
        if (batch.GlobalViews != _configuration.GlobalViews)
        {
            throw new ArgumentException(
                $"The batch holds {batch.GlobalViews} global views a frame, {_configuration.GlobalViews} are needed.", nameof(batch));
        }

        StepsTaken++;
        _tape.Reset();
        Student.Parameters.ForgetGradients();
        (ImageBatch globals, ImageBatch locals) = (batch.Globals, batch.Locals);
        var shape = (batch.Clips, batch.Frames, batch.LocalViews, globals.Height, globals.Width, locals.Height, locals.Width);
        if (_shape != shape)
        {
            Prepare(batch);
            _shape = shape;
        }
    }

    /// <summary>For batches of another shape than before: the student's passes, their pairs, and room for their losses.</summary>
    private void Prepare(TrainingBatch batch)
    {
        FreeLosses();
        FirstStepKept = StepsTaken;
        _passes = StudentPass.Of(batch, _configuration, Device);
        DinoLossWeights weights = Weights(batch);
        _loss.Pair(_passes.Select(pass => weights.OfStudents(pass.Row, pass.Rows)));
        _losses = Device.Allocate(LossesKept * _passes.Length, ElementType.Float32);
    }

    private void FreeLosses()
    {
        if (!_losses.IsEmpty)
        {
            _losses.Buffer.Dispose();
        }
    }

    private DinoLossWeights Weights(TrainingBatch batch)
    {
        if (_configuration.Method == TrainingMethod.Dino)
        {
            return DinoLossWeights.Dino(batch.Images, batch.LocalViews);
        }

        int globalViews = _configuration.HasMasks ? _configuration.Tracker.Objects : 1;
        return DinoLossWeights.Dora(batch.Clips, batch.Frames, globalViews, batch.LocalViews,
            _configuration.Fidelity.SkipsFirstLocalView, _configuration.Fidelity.CarriesFrameLoss);
    }

    /// <summary>The teacher on whole frames, all frames at once, without gradient; and the masks of the objects that it tracks.</summary>
    private TeacherOutput Teach(TrainingBatch batch, StepSettings settings)
    {
        using Tape.NoGradScope scope = _tape.NoGrad();
        ImageBatch seen = _configuration.Method == TrainingMethod.Dino ? batch.Globals : batch.GlobalView(0);
        Tensor embeddings = Teacher.Backbone.Embed(_tape, seen);
        Tensor tokens = Teacher.Backbone.Assemble(_tape, embeddings, seen);
        int patches = embeddings.Shape[1];
        _tape.Release(embeddings);
        TrackedObjects? objects = null;
        DeviceSpan masks = default;
        Tensor features;
        if (_configuration.HasMasks && _configuration.Tracker.Masking == Masking.Tracked)
        {
            features = Teacher.Backbone.ForwardTracking(_tape, tokens, batch.Clips, out TrackingFeatures tracking);
            objects = Track(batch, tracking, patches, settings);
            masks = objects.Masks;
        }
        else
        {
            features = Teacher.Backbone.ForwardCls(_tape, tokens);
            masks = _configuration.HasMasks ? RandomMasks(batch, patches, settings) : default;
        }

        return new(features, Teacher.Head.Forward(_tape, features), masks, objects);
    }

    private TrackedObjects Track(TrainingBatch batch, TrackingFeatures features, int patches, StepSettings settings)
    {
        VisionTransformerConfiguration backbone = _configuration.Network.Backbone;
        int[] drawn = settings.Heads?.ToArray()
            ?? _tracker.DrawHeads(_configuration.Seed, settings.Step, FirstClip(batch), batch.Clips, backbone.Heads);
        DeviceSpan heads = _arena.Rent(drawn.Length, ElementType.Int32);
        Device.Upload<int>(heads, drawn);
        return _tracker.Track(_arena, features, heads,
            new ObjectTrackerSize(batch.Clips, batch.Frames, backbone.Heads, patches, backbone.Width, _configuration.Tracker.Objects));
    }

    private DeviceSpan RandomMasks(TrainingBatch batch, int patches, StepSettings settings)
    {
        float[] drawn = _tracker.DrawMasks(_configuration.Seed, settings.Step, FirstClip(batch), batch.Clips, batch.Frames, patches);
        DeviceSpan masks = _arena.Rent(drawn.Length, ElementType.Float32);
        Device.Upload<float>(masks, drawn);
        return masks;
    }

    private int FirstClip(TrainingBatch batch) => _communicator.Rank * batch.Clips;

    /// <summary>
    /// The student's CLS tokens of one pass, [views, d]. Each picture is embedded once, however many masked views are made of it.
    /// </summary>
    /// <param name="masks">Of all global views, or absent.</param>
    private Tensor Study(TrainingBatch batch, int number, DeviceSpan masks, StepSettings settings)
    {
        StudentPass pass = _passes[number];
        ImageBatch globals = _configuration.Method == TrainingMethod.Dino ? batch.Globals : batch.GlobalView(batch.GlobalViews - 1);
        ImageBatch images = (pass.IsLocal ? batch.Locals : globals).Slice(pass.Picture, pass.Pictures);
        VisionTransformer backbone = Student.Backbone;
        StochasticDepth depth = new(_configuration.Network.StochasticDepth, backbone.Configuration.Depth,
            _configuration.Seed, settings.Step, (uint)((_passes.Length * _communicator.Rank) + number));
        Tensor embeddings = backbone.Embed(_tape, images);
        int patches = embeddings.Shape[1];
        DeviceSpan shown = pass.IsLocal || masks.IsEmpty ? default : masks.Slice((long)pass.Row * patches, (long)pass.Rows * patches);
        Tensor tokens = backbone.Assemble(_tape, embeddings, images, shown, pass.Rows / pass.Pictures);
        return backbone.ForwardCls(_tape, tokens, depth);
    }

    /// <summary>
    /// What follows the walk back: average over processes, then clip, AdamW and the teacher in one sweep, then the center.
    /// </summary>
    private void Update(StepSettings settings)
    {
        _communicator.Average(Student.Parameters.Gradients);
        _communicator.Average(_loss.TeacherMean);
        (double beta1, double beta2, double epsilon) = _configuration.Adam;
        Optimizer.Step(
            new(settings.LearningRate, settings.WeightDecay, beta1, beta2, epsilon, _configuration.ClipNorm, settings.TeacherMomentum),
            parameter => settings.FreezesLastLayer && parameter.Name.Contains(DinoHead.LastLayer, StringComparison.Ordinal));
        _loss.UpdateCenter(_configuration.CenterMomentum);
    }
}

using DoRA.Kernels;
using DoRA.Kernels.AdamW;

namespace DoRA.Autograd;

/// <summary>
/// Clipping per tensor, AdamW and the teacher's EMA over all parameters in one sweep. Holds the moments and how often each tensor
/// has been updated.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly ParameterStore _student, _teacher;
    private readonly AdamWSegment[] _segments;
    private readonly int[] _stepCounts;

    /// <param name="teacher">Of the student's layout.</param>
    public AdamW(ParameterStore student, ParameterStore teacher)
    {
        _student = student;
        _teacher = teacher;
        _segments = new AdamWSegment[student.Parameters.Count];
        _stepCounts = new int[student.Parameters.Count];
        Mean = student.AllocateLike();
        Variance = student.AllocateLike();
        Norms = student.Device.Allocate(_segments.Length, ElementType.Float32);
    }

    /// <summary>First moments, laid out as the store's weights.</summary>
    public DeviceSpan Mean { get; }

    /// <summary>Second moments, laid out as the store's weights.</summary>
    public DeviceSpan Variance { get; }

    /// <summary>[parameters]: the last step's gradient norms before clipping, in the store's order.</summary>
    public DeviceSpan Norms { get; }

    /// <summary>How often each parameter has been updated, in the store's order; part of the state of a run.</summary>
    public Span<int> StepCounts => _stepCounts;

    /// <param name="skip">Parameters left alone in this step, whose gradient counts for nothing.</param>
    /// <exception cref="InvalidOperationException">A trained parameter has no gradient.</exception>
    public void Step(in AdamWSettings settings, Predicate<Parameter> skip)
    {
        for (int i = 0; i < _segments.Length; i++)
        {
            _segments[i] = Segment(i, skip);
        }

        _student.Device.Kernels.AdamW.Step(
            Norms, new(_student.Weights, _student.Gradients, Mean, Variance, _teacher.Weights), _segments, settings);
    }

    public void Dispose()
    {
        Mean.Buffer.Dispose();
        Variance.Buffer.Dispose();
        Norms.Buffer.Dispose();
    }

    private AdamWSegment Segment(int index, Predicate<Parameter> skip)
    {
        Parameter parameter = _student.Parameters[index];
        bool updated = parameter.RequiresGradient && !skip(parameter);
        if (updated && !parameter.HasGradient)
        {
            throw new InvalidOperationException($"Parameter {parameter.Name} is trained but has no gradient.");
        }

        int step = updated ? ++_stepCounts[index] : 0;
        return new(parameter.Offset, (int)parameter.Length, parameter.HasWeightDecay, step);
    }
}

using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Model;

namespace DoRA.Pipeline.Evaluation;

/// <summary>
/// A linear classifier <c>W x + b</c> on frozen features, trained on the tape by cross-entropy and by gradient descent with momentum:
/// <c>v ← momentum v + g</c>, <c>w ← w − rate v</c>. W starts normal with a deviation of 0.01, b at 0.
/// </summary>
public sealed class LinearHead : IDisposable
{
    private const float Momentum = 0.9f, InitialDeviation = 0.01f;

    /// <summary>A logit that makes a class impossible: exp(−10,000) is 0 in float32.</summary>
    private const float Impossible = -1e4f;

    private readonly ParameterStore _store;
    private readonly Parameter _weight, _bias;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly Model.DinoLoss _loss;
    private readonly Dictionary<Parameter, float[]> _velocities;

    public LinearHead(Device device, int inputs, int classes, ulong seed = 0)
    {
        (Inputs, Classes) = (inputs, classes);
        _store = new(device);
        _weight = _store.Add("weight", Initialisation.Normal(InitialDeviation), true, classes, inputs);
        _bias = _store.Add("bias", Initialisation.Zeros, true, classes);
        _store.Allocate(withGradients: true);
        _store.Initialise(seed);
        _arena = new(device);
        _tape = new(_arena);
        _loss = new(device, classes);
        _velocities = _store.Parameters.ToDictionary(parameter => parameter, parameter => new float[parameter.Length]);
    }

    public int Inputs { get; }

    public int Classes { get; }

    /// <summary>[classes, inputs].</summary>
    public float[] Weight { get => Read(_weight.Data); set => _store.Device.Upload<float>(_weight.Data, value); }

    /// <summary>[classes].</summary>
    public float[] Bias { get => Read(_bias.Data); set => _store.Device.Upload<float>(_bias.Data, value); }

    /// <summary>[rows, classes] of features [rows, inputs].</summary>
    public float[] Logits(ReadOnlySpan<float> features)
    {
        using Tape.NoGradScope scope = _tape.NoGrad();
        float[] logits = Read(Forward(features).Data);
        _tape.Reset();
        return logits;
    }

    /// <summary>A step on rows that have one class each.</summary>
    /// <returns>The mean cross-entropy before the step, in nats.</returns>
    public float Step(ReadOnlySpan<float> features, int[] labels, double rate)
    {
        // The training's loss with temperatures of 1; its teacher's rows are the wanted distributions as logits.
        float[] certain = new float[Classes * Classes];
        Array.Fill(certain, Impossible);
        for (int index = 0; index < Classes; index++)
        {
            certain[(index * Classes) + index] = 0;
        }

        float[] weights = new float[labels.Length];
        Array.Fill(weights, 1f / labels.Length);
        _loss.Pair([new(labels.Length, 1, 1, labels, [.. Enumerable.Range(0, labels.Length)], weights)]);
        Tensor teacher = Tape.Constant(Upload(certain), Classes, Classes);
        Tensor loss = _loss.Forward(_tape, Forward(features), teacher, studentTemperature: 1, teacherTemperature: 1);
        float value = Read(loss.Data)[0];
        _tape.Backward(loss);
        Descend(rate);
        return value;
    }

    /// <summary>A step along a gradient that the caller makes of the logits.</summary>
    /// <param name="gradientOf">Gets the logits [rows, classes], gives the loss's gradient with regard to them.</param>
    public void Step(ReadOnlySpan<float> features, Func<float[], float[]> gradientOf, double rate)
    {
        Tensor logits = Forward(features);
        _tape.Backward(logits, Upload(gradientOf(Read(logits.Data))));
        Descend(rate);
    }

    public void Dispose()
    {
        _loss.Dispose();
        _arena.Dispose();
        _store.Dispose();
    }

    private void Descend(double rate)
    {
        foreach ((Parameter parameter, float[] velocity) in _velocities)
        {
            float[] values = Read(parameter.Data), gradient = Read(parameter.Gradient);
            for (int i = 0; i < values.Length; i++)
            {
                velocity[i] = (Momentum * velocity[i]) + gradient[i];
                values[i] -= (float)rate * velocity[i];
            }

            _store.Device.Upload<float>(parameter.Data, values);
        }

        _store.ForgetGradients();
        _tape.Reset();
    }

    private Tensor Forward(ReadOnlySpan<float> features) =>
        LinearOp.Forward(_tape, Tape.Constant(Upload(features), features.Length / Inputs, Inputs), _weight, (TensorSlice)_bias);

    private DeviceSpan Upload(ReadOnlySpan<float> values)
    {
        DeviceSpan span = _arena.Rent(values.Length, _store.Device.ActivationType);
        _store.Device.Upload(span, values);
        return span;
    }

    private float[] Read(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        _store.Device.Download<float>(values, span);
        return values;
    }
}

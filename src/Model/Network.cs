using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>A backbone and its head over one parameter store: the student or the teacher.</summary>
public sealed class Network : IDisposable
{
    public const string BackbonePrefix = "backbone.", HeadPrefix = "head.";

    /// <param name="isTrained">False for the teacher, which has no gradients.</param>
    /// <exception cref="UserException">The sizes do not fit together.</exception>
    public Network(Device device, NetworkConfiguration configuration, bool isTrained)
    {
        Parameters = new(device);
        Backbone = new(Parameters, BackbonePrefix, configuration.Backbone, configuration.Initialisation);
        Head = new(Parameters, HeadPrefix, configuration.Backbone.Width, configuration.Head, configuration.Initialisation);
        Parameters.Allocate(isTrained);
    }

    public ParameterStore Parameters { get; }

    public VisionTransformer Backbone { get; }

    public DinoHead Head { get; }

    public void Dispose() => Parameters.Dispose();
}

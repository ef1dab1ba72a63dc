namespace DoRA.Model;

/// <summary>What the student is made of; the teacher is made alike.</summary>
/// <param name="StochasticDepth">Rate at which residual branches of the student's last block are dropped; it rises linearly from 0 over the
/// blocks.</param>
public sealed record NetworkConfiguration(
    VisionTransformerConfiguration Backbone,
    DinoHeadConfiguration Head,
    float StochasticDepth = 0.1f,
    LinearInitialisation Initialisation = LinearInitialisation.TruncatedNormal);

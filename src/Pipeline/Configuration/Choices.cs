namespace DoRA.Pipeline.Configuration;

/// <summary>What is trained.</summary>
public enum Method
{
    /// <summary>Discover, track and mask objects over the frames of a clip.</summary>
    Dora,

    /// <summary>DINO's own recipe: each frame is an image of its own.</summary>
    Dino,
}

/// <summary>A named set of values to start from.</summary>
public enum Preset
{
    None,

    /// <summary>About three minutes on two cores.</summary>
    Demo,

    /// <summary>One workstation.</summary>
    Small,

    /// <summary>ViT-S/16, 8 frames 1 s apart, 65,536 outputs.</summary>
    Paper,

    /// <summary>A few steps in a second, to try the machinery; it learns nothing.</summary>
    Tiny,
}

/// <summary>A named size of the vision transformer.</summary>
public enum ModelName
{
    Tiny,
    Small,
    Base,
    Custom,
}

/// <summary>How linear weights start.</summary>
public enum Initialisation
{
    /// <summary>Normal with standard deviation 0.02, cut as in the released code.</summary>
    TruncatedNormal,

    /// <summary>Uniform within ±1/sqrt(inputs): for narrow networks.</summary>
    FanInUniform,
}

/// <summary>Whether long videos are read through a random-access proxy.</summary>
public enum ProxyUse
{
    /// <summary>Where a video's own frames come too slowly for the training, as measured.</summary>
    Auto,

    Always,

    Never,
}

/// <summary>Which patches the student's masked views keep.</summary>
public enum MaskSource
{
    /// <summary>Those where the object's tracking map is strong.</summary>
    Tracked,

    /// <summary>Each patch with a probability of one half.</summary>
    Random,

    /// <summary>All: the student sees a second global crop instead.</summary>
    None,
}

/// <summary>What a mask does to a patch.</summary>
public enum MaskKind
{
    /// <summary>Keeps it or drops it.</summary>
    Hard,

    /// <summary>Weighs it by the map over its maximum.</summary>
    Soft,
}

/// <summary>Where the paper and the released code differ, whose way is taken.</summary>
public enum FidelityPreset
{
    Paper,
    Official,
}

/// <summary>What activations are stored in and matrix products multiply.</summary>
public enum Precision
{
    Fp32,
    Bf16,
}

namespace DoRA.Pipeline.Watch;

/// <summary>A way in which a training goes wrong, the gravest first.</summary>
public enum CollapseSign
{
    /// <summary>All features are alike and every output is as likely: the steps were too large.</summary>
    RateTooHigh,

    /// <summary>Every output is as likely, though features still differ: the teacher's answers are too soft to learn from.</summary>
    TeacherTooSoft,

    /// <summary>One answer to every picture, at a low loss: the center does not hold it back.</summary>
    SingleAnswer,

    /// <summary>The center runs behind the teacher, and the answers swing with it.</summary>
    CenterTooSlow,

    /// <summary>The answers say nothing of the pictures.</summary>
    NoInformation,

    /// <summary>The answers say little of the pictures.</summary>
    LittleInformation,

    /// <summary>The features hardly differ from picture to picture.</summary>
    FeaturesAlike,

    /// <summary>Few different answers.</summary>
    FewAnswers,

    /// <summary>Each answer is a single output for certain: the teacher's temperature is too low.</summary>
    TeacherTooSharp,

    /// <summary>The objects' tracks cover the same patches.</summary>
    TracksCoincide,
}

/// <summary>A sign that was seen.</summary>
/// <param name="IsAlarm">True for a training that is not worth going on with.</param>
/// <param name="Sentence">What was seen, and which setting to look at.</param>
public sealed record CollapseWarning(int Step, CollapseSign Sign, bool IsAlarm, string Sentence);

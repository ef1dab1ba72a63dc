namespace DoRA.Pipeline.Scores;

/// <summary>What an encoder scores on pictures that nothing was trained on; shares in 0..1.</summary>
/// <param name="ViewRetrieval">How often a photo's crop finds the other crop of the same photo first, of all photos.</param>
/// <param name="Ridge">Accuracy of a ridge classifier on CLS features.</param>
/// <param name="MeanJ">Mean over the sequences of the overlap of masks carried along by patch tokens.</param>
/// <param name="SequenceJ">The overlap of each sequence by its name.</param>
public sealed record HeldOutScores(double ViewRetrieval, double Ridge, double MeanJ, IReadOnlyDictionary<string, double> SequenceJ);

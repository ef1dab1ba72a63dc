namespace DoRA.Autograd;

/// <summary>Values over a run's steps, in double, as DINO's <c>cosine_scheduler</c> and its loss compute them.</summary>
public static class Schedules
{
    /// <summary>
    /// A linear warm-up from <paramref name="start"/> to <paramref name="peak"/>, both included, then half a cosine from the peak
    /// towards <paramref name="end"/>, which the step after the last would reach.
    /// </summary>
    public static double CosineWithWarmup(int step, int steps, double peak, double end, int warmupSteps = 0, double start = 0)
    {
        if (step < warmupSteps)
        {
            return Linear(step, warmupSteps, start, peak);
        }

        double progress = (double)(step - warmupSteps) / (steps - warmupSteps);
        return end + (0.5 * (peak - end) * (1 + Math.Cos(Math.PI * progress)));
    }

    /// <summary>
    /// A linear warm-up over <paramref name="warmupSteps"/> values, both ends included, then <paramref name="end"/> for good: the teacher's
    /// temperature by epoch.
    /// </summary>
    public static double LinearThenConstant(int step, int warmupSteps, double start, double end) =>
        step < warmupSteps ? Linear(step, warmupSteps, start, end) : end;

    // As numpy.linspace: a single value is the start, and the last is the end exactly.
    private static double Linear(int step, int values, double start, double end) =>
        step == 0 ? start : step == values - 1 ? end : start + (step * ((end - start) / (values - 1)));
}

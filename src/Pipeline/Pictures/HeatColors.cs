namespace DoRA.Pipeline.Pictures;

/// <summary>Dark violet over red to light yellow, evenly brighter: a few stops of matplotlib's "inferno".</summary>
internal static class HeatColors
{
    private static readonly byte[] Stops =
    [
        0, 0, 4, 40, 11, 84, 101, 21, 110, 159, 42, 99, 212, 72, 66, 245, 125, 21, 250, 193, 39, 252, 255, 164,
    ];

    /// <param name="value">In 0..1.</param>
    /// <returns>Red, green and blue.</returns>
    public static byte[] At(float value)
    {
        float place = Math.Clamp(value, 0, 1) * ((Stops.Length / 3) - 1);
        int stop = Math.Min((int)place, (Stops.Length / 3) - 2);
        return [.. Enumerable.Range(0, 3).Select(channel =>
        {
            (float from, float to) = (Stops[(3 * stop) + channel], Stops[(3 * stop) + 3 + channel]);
            return (byte)MathF.Round(from + ((place - stop) * (to - from)));
        })];
    }
}

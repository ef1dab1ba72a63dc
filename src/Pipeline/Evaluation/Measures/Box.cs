namespace DoRA.Pipeline.Evaluation.Measures;

/// <summary>A box in pixels: its upper left corner and its sides.</summary>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;

    /// <summary>The box between two corners, as detection writes them.</summary>
    public static Box Between(double left, double top, double right, double bottom) => new(left, top, right - left, bottom - top);

    /// <summary>Intersection over union as the GOT-10k toolkit has it: in 0..1, and 0 for boxes of negative size.</summary>
    public double Iou(Box other)
    {
        double width = Math.Max(Math.Min(Right, other.Right) - Math.Max(X, other.X), 0);
        double height = Math.Max(Math.Min(Bottom, other.Bottom) - Math.Max(Y, other.Y), 0);
        double intersection = width * height, union = (Width * Height) + (other.Width * other.Height) - intersection;
        return Math.Clamp(intersection / (union + Epsilon), 0, 1);
    }

    /// <summary>The part inside a picture.</summary>
    public Box Inside(double width, double height)
    {
        double x = Math.Clamp(X, 0, width), y = Math.Clamp(Y, 0, height);
        return new(x, y, Math.Clamp(Width, 0, width - x), Math.Clamp(Height, 0, height - y));
    }

    /// <summary>Distance of the centres in pixels.</summary>
    public double CenterError(Box other)
    {
        double dx = X + ((Width - 1) / 2) - other.X - ((other.Width - 1) / 2), dy = Y
            + ((Height - 1) / 2) - other.Y - ((other.Height - 1) / 2);
        return Math.Sqrt((dx * dx) + (dy * dy));
    }

    /// <summary>2⁻⁵², which keeps 0/0 away.</summary>
    private const double Epsilon = 2.220446049250313e-16;
}

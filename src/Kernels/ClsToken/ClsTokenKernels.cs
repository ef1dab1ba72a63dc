namespace DoRA.Kernels.ClsToken;

/// <summary>Takes the CLS token of every sequence: <c>y[v] = x[v, 0]</c>; x is [views, tokens, width], y is [views, width].</summary>
public abstract class ClsTokenKernels
{
    public abstract void Forward(DeviceSpan y, DeviceSpan x, int views, int tokens, int width);

    /// <summary><c>dX[v, 0] = dY[v]</c>, zero elsewhere; with <paramref name="accumulate"/> only the CLS rows are added to.</summary>
    public abstract void Backward(DeviceSpan dX, DeviceSpan dY, int views, int tokens, int width, bool accumulate);
}

namespace DoRA.References;

/// <summary>The first token of every sequence of [views, tokens, width].</summary>
public static class ClsTokenReference
{
    public static double[] Forward(double[] x, int views, int tokens, int width)
    {
        double[] y = new double[views * width];
        for (int view = 0; view < views; view++)
        {
            Array.Copy(x, view * tokens * width, y, view * width, width);
        }

        return y;
    }

    public static double[] Backward(double[] dY, int views, int tokens, int width)
    {
        double[] dX = new double[views * tokens * width];
        for (int view = 0; view < views; view++)
        {
            Array.Copy(dY, view * width, dX, view * tokens * width, width);
        }

        return dX;
    }
}

namespace DoRA.References;

/// <summary>One image's Sinkhorn-Knopp: S [patches, objects] → assignment [patches, objects].</summary>
public static class SinkhornReference
{
    public static double[,] Forward(double[,] similarity, double epsilon, int iterations)
    {
        (int patches, int objects) = (similarity.GetLength(0), similarity.GetLength(1));
        double maximum = similarity.Cast<double>().Max() / epsilon;
        double[,] exponentials = new double[objects, patches];
        for (int i = 0; i < patches; i++)
        {
            for (int o = 0; o < objects; o++)
            {
                exponentials[o, i] = Math.Exp((similarity[i, o] / epsilon) - maximum);
            }
        }

        return Iterate(exponentials, iterations);
    }

    /// <param name="exponentials">[objects, patches]; infinities count as the largest finite value.</param>
    public static double[,] Iterate(double[,] exponentials, int iterations)
    {
        (int objects, int patches) = (exponentials.GetLength(0), exponentials.GetLength(1));
        double largest = exponentials.Cast<double>().Where(double.IsFinite).DefaultIfEmpty().Max();
        double[,] plan = Map(objects, patches, (o, i) => double.IsInfinity(exponentials[o, i]) ? largest : exponentials[o, i]);
        double total = plan.Cast<double>().Sum();
        plan = Map(objects, patches, (o, i) => plan[o, i] / total);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] rows = [.. Enumerable.Range(0, objects).Select(o => Enumerable.Range(0, patches).Sum(i => plan[o, i]))];
            plan = Map(objects, patches, (o, i) => plan[o, i] / rows[o] / objects);
            double[] columns = [.. Enumerable.Range(0, patches).Select(i => Enumerable.Range(0, objects).Sum(o => plan[o, i]))];
            plan = Map(objects, patches, (o, i) => plan[o, i] / columns[i] / patches);
        }

        return Map(patches, objects, (i, o) => plan[o, i] * patches);
    }

    private static double[,] Map(int rows, int columns, Func<int, int, double> value)
    {
        double[,] result = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[row, column] = value(row, column);
            }
        }

        return result;
    }
}

namespace DoRA.References;

/// <summary>A student row learns from a teacher row with a weight.</summary>
public readonly record struct DinoLossPair(int Student, int Teacher, double Weight);

/// <summary>
/// <c>loss = −Σ_pairs w Σ_j p_t(j) log q_s(j)</c>, <c>p = softmax((teacher − center)/τ_t)</c>, <c>q = softmax(student/τ_s)</c>.
/// student [students, outputs], teacher [teachers, outputs], center [outputs].
/// </summary>
public static class DinoLossReference
{
    public static double Forward(double[] student, double[] teacher, double[] center, IEnumerable<DinoLossPair> pairs,
        double studentTemperature, double teacherTemperature)
    {
        int outputs = center.Length;
        double loss = 0;
        foreach (DinoLossPair pair in pairs)
        {
            double[] p = TeacherProbabilities(teacher, center, pair.Teacher, teacherTemperature);
            double[] z = [.. Row(student, pair.Student, outputs).Select(value => value / studentTemperature)];
            double logSumExp = z.Max() + Math.Log(z.Sum(value => Math.Exp(value - z.Max())));
            for (int j = 0; j < outputs; j++)
            {
                loss -= pair.Weight * p[j] * (z[j] - logSumExp);
            }
        }

        return loss;
    }

    public static double[] Backward(double[] student, double[] teacher, double[] center, IEnumerable<DinoLossPair> pairs,
        double studentTemperature, double teacherTemperature)
    {
        int outputs = center.Length;
        double[] dStudent = new double[student.Length];
        foreach (DinoLossPair pair in pairs)
        {
            double[] p = TeacherProbabilities(teacher, center, pair.Teacher, teacherTemperature);
            double[] q = Softmax([.. Row(student, pair.Student, outputs).Select(value => value / studentTemperature)]);
            for (int j = 0; j < outputs; j++)
            {
                dStudent[(pair.Student * outputs) + j] += pair.Weight * (q[j] - p[j]) / studentTemperature;
            }
        }

        return dStudent;
    }

    /// <summary>Entropy of a teacher row's probabilities in nats.</summary>
    public static double Entropy(double[] teacher, double[] center, int row, double teacherTemperature) =>
        -TeacherProbabilities(teacher, center, row, teacherTemperature).Where(p => p > 0).Sum(p => p * Math.Log(p));

    private static double[] TeacherProbabilities(double[] teacher, double[] center, int row, double temperature) =>
        Softmax([.. Row(teacher, row, center.Length).Select((value, j) => (value - center[j]) / temperature)]);

    private static double[] Row(double[] values, int row, int width) => values[(row * width)..((row + 1) * width)];

    private static double[] Softmax(double[] z)
    {
        double maximum = z.Max(), sum = z.Sum(value => Math.Exp(value - maximum));
        return [.. z.Select(value => Math.Exp(value - maximum) / sum)];
    }
}

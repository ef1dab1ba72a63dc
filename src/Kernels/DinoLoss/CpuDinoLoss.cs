using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// Two sweeps. The teacher's, tile of columns by tile of columns: each row's maximum and sum of exponentials, and the columns' means.
/// Then group by group: each student row's maximum and sum, and, tile by tile, the teacher's probabilities once for all students of
/// the group, with value and gradient. Beyond a tile nothing is stored.
/// </summary>
internal sealed unsafe class CpuDinoLoss(CpuThreads threads) : DinoLossKernels
{
    /// <summary>Columns a tile: a teacher's and a student's stay in the first cache together.</summary>
    private const int Tile = 2048;

    /// <summary>Where there are fewer groups than this, a group's students are shared out too.</summary>
    private const int FewGroups = 16;

    public override void Forward(DeviceSpan loss, DeviceSpan dStudent, DeviceSpan teacherMean, DeviceSpan teacherEntropy,
        DeviceSpan student, DeviceSpan teacher, DeviceSpan center, in DinoLossPairs pairs, int students, int teachers, int outputs,
        float studentTemperature, float teacherTemperature)
    {
        Rows rows = new(teacher.Floats(), center.Floats(), student.Floats(), dStudent.Floats(), outputs, teacherTemperature,
            studentTemperature);
        int slices = Math.Clamp(FewGroups / pairs.Groups, 1, pairs.StudentsPerGroup), pieces = pairs.Groups * slices,
            tiles = (outputs + Tile - 1) / Tile;
        double* losses = (double*)threads.Scratch((2L * pieces) + (sizeof(SoftmaxSums) / sizeof(float) * (tiles + 1L) * teachers));
        SoftmaxSums* sums = (SoftmaxSums*)(losses + pieces);
        TeacherSums(sums, sums + teachers, teacherMean.Floats(), rows, tiles, teachers);
        float* entropy = teacherEntropy.FloatsOrNull();
        for (int row = 0; entropy is not null && row < teachers; row++)
        {
            entropy[row] = sums[row].Entropy;
        }

        DinoLossPairs groups = pairs;
        threads.Run(pieces, piece =>
        {
            int slice = piece % slices, first = groups.StudentsPerGroup * slice / slices,
                end = groups.StudentsPerGroup * (slice + 1) / slices;
            losses[piece] = Group(rows, sums, groups, piece / slices, first, end);
        });

        double total = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            total += losses[piece];
        }

        *loss.Floats() = (float)total;
    }

    public override void UpdateCenter(DeviceSpan center, DeviceSpan teacherMean, int outputs, float momentum)
    {
        float* held = center.Floats(), mean = teacherMean.Floats();
        VectorRow.Mix(held, mean, momentum, 1 - momentum, outputs);
    }

    /// <summary>Each teacher row's sums, and the mean of the rows: one pass over the teacher's outputs.</summary>
    /// <param name="sums">[teachers], written.</param>
    /// <param name="tileSums">[tiles, teachers], to work with.</param>
    private void TeacherSums(SoftmaxSums* sums, SoftmaxSums* tileSums, float* mean, Rows rows, int tiles, int teachers)
    {
        WorkParts parts = new(tiles, (long)teachers * Tile);
        threads.Run(parts.Count, part =>
        {
            for (int tile = parts.Start(part); tile < parts.End(part); tile++)
            {
                int column = tile * Tile, width = Math.Min(Tile, rows.Outputs - column);
                VectorRow.Clear(mean + column, width);
                for (int row = 0; row < teachers; row++)
                {
                    float* logits = rows.Teacher + ((long)row * rows.Outputs) + column;
                    tileSums[((long)tile * teachers) + row] =
                        SoftmaxTile.TeacherSums(logits, rows.Center + column, rows.TeacherSharpness, mean + column, width);
                }

                VectorRow.Scale(mean + column, mean + column, 1f / teachers, width);
            }
        });

        for (int row = 0; row < teachers; row++)
        {
            sums[row] = SoftmaxSums.Empty;
            for (int tile = 0; tile < tiles; tile++)
            {
                sums[row] += tileSums[((long)tile * teachers) + row];
            }
        }
    }

    /// <summary>Value and gradients of students <paramref name="first"/> … <paramref name="end"/> − 1 of one group.</summary>
    private static double Group(Rows rows, SoftmaxSums* teacherSums, DinoLossPairs pairs, int group, int first, int end)
    {
        int teachers = pairs.TeachersPerGroup;
        int* teacherRows = pairs.TeacherRows.Integers() + ((long)group * teachers),
            studentRows = pairs.StudentRows.Integers() + ((long)group * pairs.StudentsPerGroup);
        float* weights = pairs.Weights.Floats() + ((long)group * pairs.StudentsPerGroup * teachers);
        SoftmaxSums* studentSums = stackalloc SoftmaxSums[end - first];
        float* rowWeights = stackalloc float[end - first];
        double loss = 0;
        for (int item = first; item < end; item++)
        {
            SoftmaxSums sums = StudentSums(rows, studentRows[item]);
            float weight = VectorRow.Sum(weights + ((long)item * teachers), teachers);
            loss += weight * Math.Log(sums.Sum);
            studentSums[item - first] = sums;
            rowWeights[item - first] = weight;
        }

        float* probabilities = stackalloc float[teachers * Tile], mixed = stackalloc float[Tile];
        for (int column = 0; column < rows.Outputs; column += Tile)
        {
            int width = Math.Min(Tile, rows.Outputs - column);
            for (int t = 0; t < teachers; t++)
            {
                float* logits = rows.Teacher + ((long)teacherRows[t] * rows.Outputs) + column;
                SoftmaxTile.Probabilities(probabilities + (t * Tile), logits, rows.Center + column, rows.TeacherSharpness,
                    teacherSums[teacherRows[t]], width);
            }

            for (int item = first; item < end; item++)
            {
                float* shares = weights + ((long)item * teachers), target = probabilities;
                float share = *shares;
                if (teachers > 1)
                {
                    SoftmaxTile.Mix(mixed, probabilities, Tile, shares, teachers, width);
                    target = mixed;
                    share = 1;
                }

                long at = ((long)studentRows[item] * rows.Outputs) + column;
                double bits = SoftmaxTile.Gradient(
                    rows.StudentGradient + at,
                    rows.Student + at,
                    target,
                    rowWeights[item - first] / rows.StudentTemperature,
                    share / rows.StudentTemperature,
                    rows.StudentSharpness,
                    studentSums[item - first],
                    width);
                loss -= share * bits * SoftmaxSums.NaturalPerBit;
            }
        }

        return loss;
    }

    private static SoftmaxSums StudentSums(Rows rows, int row)
    {
        float* logits = rows.Student + ((long)row * rows.Outputs);
        SoftmaxSums sums = SoftmaxSums.Empty;
        for (int column = 0; column < rows.Outputs; column += Tile)
        {
            sums += SoftmaxTile.StudentSums(logits + column, rows.StudentSharpness, Math.Min(Tile, rows.Outputs - column));
        }

        return sums;
    }

    /// <summary>The operands, as all pieces of work see them.</summary>
    private readonly struct Rows(float* teacher, float* center, float* student, float* studentGradient, int outputs,
        float teacherTemperature, float studentTemperature)
    {
        public readonly float* Teacher = teacher;
        public readonly float* Center = center;
        public readonly float* Student = student;
        public readonly float* StudentGradient = studentGradient;
        public readonly int Outputs = outputs;
        public readonly float StudentTemperature = studentTemperature;

        /// <summary>1/(τ_t ln 2).</summary>
        public readonly float TeacherSharpness = (float)(1 / (teacherTemperature * SoftmaxSums.NaturalPerBit));

        /// <summary>1/(τ_s ln 2).</summary>
        public readonly float StudentSharpness = (float)(1 / (studentTemperature * SoftmaxSums.NaturalPerBit));
    }
}

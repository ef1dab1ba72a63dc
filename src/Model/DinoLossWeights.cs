namespace DoRA.Model;

/// <summary>
/// Which student row learns from which teacher row and with what weight, on the host: the arrays of
/// <see cref="Kernels.DinoLoss.DinoLossPairs"/>.
/// </summary>
/// <param name="Groups">G.</param>
/// <param name="TeachersPerGroup">T.</param>
/// <param name="StudentsPerGroup">S.</param>
/// <param name="TeacherRows">[G, T].</param>
/// <param name="StudentRows">[G, S].</param>
/// <param name="Weights">[G, S, T].</param>
public sealed record DinoLossWeights(int Groups, int TeachersPerGroup, int StudentsPerGroup, int[] TeacherRows, int[] StudentRows,
    float[] Weights)
{
    /// <summary>
    /// DoRA's pairs: one group a frame of a clip. Teacher row: <c>clip · frames + frame</c>. Student rows: first the masked views, object o
    /// of a frame at <c>(clip · frames + frame) · objects + o</c>, then the local views, view v of a frame at
    /// <c>clips · frames · objects + (v · clips + clip) · frames + frame</c>.
    /// <para>
    /// Object o weighs <c>c_o = 1/(objects · frames)</c> in each frame, half of it on its masked view and half on the mean of the local
    /// views, and clips are averaged: a masked row weighs <c>c_o/(2 clips)</c>, a local row <c>Σ_o c_o/(2 clips · locals)</c>. Without
    /// local
    /// views the masked ones carry the whole.
    /// </para>
    /// </summary>
    /// <param name="skipFirstLocalView">As released: local view 0 weighs nothing and the mean is over the others.</param>
    /// <param name="carryFrameLoss">As released: the frames' running sum is divided by their number after each object but not set back to
    /// zero, so object o is counted again with every later one: <c>c_o = 1/objects · Σ_{j=1}^{objects − o} frames^−j</c>. With 8 frames
    /// and 3 objects these are .380, .375 and .333 of a frame's 1/8.</param>
    public static DinoLossWeights Dora(int clips, int frames, int objects, int localViews, bool skipFirstLocalView, bool carryFrameLoss)
    {
        int groups = clips * frames, students = objects + localViews;
        int firstCounted = skipFirstLocalView ? 1 : 0, countedLocals = Math.Max(0, localViews - firstCounted);
        double maskedShare = countedLocals == 0 ? 1 : 0.5;
        double[] objectWeights = [.. Enumerable.Range(0,
            objects).Select(item => ObjectWeight(item, objects, frames, carryFrameLoss) / clips)];
        double localWeight = countedLocals == 0 ? 0 : (1 - maskedShare) * objectWeights.Sum() / countedLocals;

        int[] teacherRows = new int[groups], studentRows = new int[groups * students];
        float[] weights = new float[groups * students];
        for (int group = 0; group < groups; group++)
        {
            (int clip, int frame) = (group / frames, group % frames);
            teacherRows[group] = group;
            for (int item = 0; item < objects; item++)
            {
                studentRows[(group * students) + item] = (group * objects) + item;
                weights[(group * students) + item] = (float)(maskedShare * objectWeights[item]);
            }

            for (int view = 0; view < localViews; view++)
            {
                int at = (group * students) + objects + view;
                studentRows[at] = (groups * objects) + (((view * clips) + clip) * frames) + frame;
                weights[at] = view < firstCounted ? 0 : (float)localWeight;
            }
        }

        return new(groups, 1, students, teacherRows, studentRows, weights);
    }

    /// <summary>
    /// DINO's pairs: one group an image, with the teacher's two global views and all of the student's. Rows are view-major: view v of an
    /// image
    /// at <c>v · images + image</c>, the global views first. Every teacher view against every student view but its own, averaged: each pair
    /// weighs <c>1/(images (2 (2 + locals) − 2))</c>.
    /// </summary>
    public static DinoLossWeights Dino(int images, int localViews)
    {
        const int globals = 2;
        int students = globals + localViews;
        float weight = (float)(1.0 / (images * ((globals * students) - globals)));
        int[] teacherRows = new int[images * globals], studentRows = new int[images * students];
        float[] weights = new float[images * students * globals];
        for (int image = 0; image < images; image++)
        {
            for (int view = 0; view < students; view++)
            {
                studentRows[(image * students) + view] = (view * images) + image;
                for (int teacher = 0; teacher < globals; teacher++)
                {
                    teacherRows[(image * globals) + teacher] = (teacher * images) + image;
                    weights[(((image * students) + view) * globals) + teacher] = view == teacher ? 0 : weight;
                }
            }
        }

        return new(images, globals, students, teacherRows, studentRows, weights);
    }

    /// <summary>The same pairs for some of the student's rows alone, numbered from 0.</summary>
    /// <exception cref="ArgumentException">Groups that have any of these rows have different numbers of them.</exception>
    public DinoLossWeights OfStudents(int first, int count)
    {
        int[][] items = [.. Enumerable.Range(0, Groups).Select(group => Enumerable.Range(group * StudentsPerGroup, StudentsPerGroup)
            .Where(item => StudentRows[item] >= first && StudentRows[item] < first + count).ToArray())];
        int[] groups = [.. Enumerable.Range(0, Groups).Where(group => items[group].Length > 0)], kept = [.. items.SelectMany(group => group)];
        if (groups.Length == 0 || groups.Any(group => items[group].Length * groups.Length != kept.Length))
        {
            throw new ArgumentException($"The student's rows {first} to {first + count - 1} are not shared equally by groups.", nameof(count));
        }

        return new(
            groups.Length,
            TeachersPerGroup,
            kept.Length / groups.Length,
            [.. groups.SelectMany(group => TeacherRows.Skip(group * TeachersPerGroup).Take(TeachersPerGroup))],
            [.. kept.Select(item => StudentRows[item] - first)],
            [.. kept.SelectMany(item => Weights.Skip(item * TeachersPerGroup).Take(TeachersPerGroup))]);
    }

    private static double ObjectWeight(int item, int objects, int frames, bool carryFrameLoss)
    {
        double sum = 0;
        for (int power = 1; power <= (carryFrameLoss ? objects - item : 1); power++)
        {
            sum += Math.Pow(frames, -power);
        }

        return sum / objects;
    }
}

namespace DoRA.Pipeline.Evaluation.Measures;

/// <summary>Connected components of a grid: patches that share a side belong together.</summary>
public static class Components
{
    /// <summary>0 where the mask is false, else the component's number from 1 on, in the order of each one's first patch row by
    /// row.</summary>
    public static int[] Label(bool[] mask, int columns)
    {
        int[] labels = new int[mask.Length];
        int count = 0;
        Stack<int> open = new();
        for (int start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || labels[start] != 0)
            {
                continue;
            }

            labels[start] = ++count;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                Visit(at % columns > 0, at - 1);
                Visit(at % columns < columns - 1, at + 1);
                Visit(at >= columns, at - columns);
                Visit(at + columns < mask.Length, at + columns);
            }
        }

        return labels;

        void Visit(bool isInside, int at)
        {
            if (isInside && mask[at] && labels[at] == 0)
            {
                labels[at] = count;
                open.Push(at);
            }
        }
    }

    /// <summary>The tight box, in patches, around those that carry a label; null where none does.</summary>
    public static Box? BoxAround(ReadOnlySpan<int> labels, int columns, int label)
    {
        (int left, int top, int right, int bottom) = (int.MaxValue, int.MaxValue, -1, -1);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == label)
            {
                (left, right) = (Math.Min(left, i % columns), Math.Max(right, i % columns));
                (top, bottom) = (Math.Min(top, i / columns), Math.Max(bottom, i / columns));
            }
        }

        return right < 0 ? null : Box.Between(left, top, right + 1, bottom + 1);
    }
}

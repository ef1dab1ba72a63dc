namespace DoRA.PtxMachine.Execution;

/// <summary>
/// An order of a control-flow graph's blocks in which branches stand before their join and loop bodies before loop exits.
/// The textual order will not do: ILGPU writes `then` blocks behind their join.
/// </summary>
internal static class BlockOrder
{
    /// <summary>Nodes in execution order. <paramref name="successors"/>[v] lists where v may go.</summary>
    public static List<int> Compute(IReadOnlyList<int[]> successors)
    {
        List<int> order = [];
        Visit([.. Enumerable.Range(0, successors.Count)], 0, successors, order);
        return order;
    }

    // Strongly connected components in topological order; inside a component (a loop) its head first, then the rest without the
    // head, ordered the same way.
    private static void Visit(List<int> nodes, int entry, IReadOnlyList<int[]> successors, List<int> order)
    {
        HashSet<int> inside = [.. nodes];
        foreach (List<int> component in Components(nodes, entry, inside, successors))
        {
            if (component.Count == 1)
            {
                order.Add(component[0]);
                continue;
            }
            int head = Head(component, entry, nodes, successors);
            order.Add(head);
            List<int> rest = [.. component.Where(node => node != head)];
            int next = successors[head].FirstOrDefault(rest.Contains, rest[0]);
            Visit(rest, next, successors, order);
        }
    }

    private static int Head(List<int> component, int entry, List<int> nodes, IReadOnlyList<int[]> successors)
    {
        if (component.Contains(entry)) return entry;
        HashSet<int> members = [.. component];
        HashSet<int> entered = [.. nodes.Where(node => !members.Contains(node)).SelectMany(node => successors[node])];
        int[] heads = [.. component.Where(entered.Contains)];
        return heads.Length > 0 ? heads.Min() : component.Min();
    }

    // Tarjan's algorithm with its own stack; it finds the components in reverse topological order.
    private static List<List<int>> Components(List<int> nodes, int entry, HashSet<int> inside, IReadOnlyList<int[]> successors)
    {
        Dictionary<int, int> index = [], low = [];
        Stack<int> open = new();
        HashSet<int> onStack = [];
        List<List<int>> components = [];
        foreach (int root in nodes.Prepend(entry))
        {
            if (index.ContainsKey(root)) continue;
            Stack<(int Node, int Next)> work = new();
            work.Push((root, 0));
            while (work.Count > 0)
            {
                (int node, int next) = work.Pop();
                if (next == 0)
                {
                    index[node] = low[node] = index.Count;
                    open.Push(node);
                    onStack.Add(node);
                }
                else
                {
                    int child = successors[node][next - 1];
                    if (onStack.Contains(child)) low[node] = Math.Min(low[node], low[child]);
                }
                bool descended = false;
                for (; next < successors[node].Length && !descended; next++)
                {
                    int child = successors[node][next];
                    if (!inside.Contains(child)) continue;
                    if (!index.TryGetValue(child, out int childIndex))
                    {
                        work.Push((node, next + 1));
                        work.Push((child, 0));
                        descended = true;
                    }
                    else if (onStack.Contains(child))
                    {
                        low[node] = Math.Min(low[node], childIndex);
                    }
                }
                if (descended || low[node] != index[node]) continue;
                List<int> component = [];
                int member;
                do
                {
                    member = open.Pop();
                    onStack.Remove(member);
                    component.Add(member);
                }
                while (member != node);
                components.Add(component);
            }
        }
        components.Reverse();
        return components;
    }
}

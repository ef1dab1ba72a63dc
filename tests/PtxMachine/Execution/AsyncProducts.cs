using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution;

/// <summary>
/// The `wgmma` products of one warp that are under way. Sums are computed when a product begins; until the warp waits for its group the
/// accumulators count as unreadable and the matrices in shared memory as being read.
/// </summary>
internal sealed unsafe class AsyncProducts
{
    private readonly Warp _warp;
    private readonly List<Product> _underWay = [];
    private readonly Stack<Product> _spare = new();
    // By register slot: products under way with this accumulator, and which register of which shape it is to them.
    private readonly int[] _uses, _roles;
    // What the accumulators held at the last fence, or where a product left them.
    private readonly Dictionary<int, uint[]> _fenced;
    private bool _hasFence;
    private int _committed;

    public AsyncProducts(Warp warp)
    {
        _warp = warp;
        _uses = new int[warp.Program.SlotCount];
        _roles = new int[warp.Program.SlotCount];
        _fenced = warp.Program.Accumulators.ToDictionary(slot => slot, _ => new uint[32]);
    }

    /// <summary>Stands for all that the warp asked of the tensor cores so far: the same in the four warps of a warpgroup.</summary>
    public HashCode Sequence { get; private set; }

    /// <summary>The last instruction of the sequence, or null.</summary>
    public Instruction* Last { get; private set; }

    public void Reset()
    {
        foreach (Product product in _underWay) _spare.Push(product);
        _underWay.Clear();
        Array.Clear(_uses);
        (_hasFence, _committed, Sequence) = (false, 0, default);
        Last = null;
    }

    /// <summary>Adds an instruction with its operands to the sequence.</summary>
    public void Follow(Instruction* i, ulong first = 0, ulong second = 0)
    {
        HashCode sequence = Sequence;
        sequence.Add((i->Source, first, second));
        Sequence = sequence;
        Last = i;
    }

    /// <summary>wgmma.fence: products may use the registers as they are now.</summary>
    public void Fence()
    {
        _hasFence = true;
        foreach ((int slot, uint[] value) in _fenced)
        {
            if (_uses[slot] == 0) Value(slot).CopyTo(value);
        }
    }

    /// <summary>Begins a product: checks its accumulators. The matrices' chunks are added to the result's list.</summary>
    /// <param name="isAdded">The accumulators are read, not only written.</param>
    public Product Begin(Instruction* i, uint mask, ReadOnlySpan<int> accumulators, bool isAdded)
    {
        if (_warp.Options.Checks && !_hasFence) _warp.Report(FindingKind.WarpgroupFenceMissing, i, 0, "no wgmma.fence before the first product");
        for (int register = 0; register < accumulators.Length && _warp.Options.Checks; register++)
        {
            int slot = accumulators[register], role = Role(accumulators.Length, register);
            if (_uses[slot] > 0)
            {
                if (_roles[slot] != role) CheckRead(i, slot, mask);
                continue;
            }
            if (isAdded) _warp.RequireInitialised(i, slot, mask);
            if (_hasFence && !Value(slot).SequenceEqual(_fenced[slot])) _warp.Report(FindingKind.WarpgroupFenceMissing, i, 0,
                $"{_warp.Program.RegisterNames[slot]} was written after the last wgmma.fence");
        }
        Product product = _spare.Count > 0 ? _spare.Pop() : new Product();
        product.Group = _committed;
        product.Accumulators = accumulators.ToArray();
        product.Chunks.Clear();
        _underWay.Add(product);
        return product;
    }

    /// <summary>The product's sums are computed; nobody may see them yet.</summary>
    public void Hide(Product product)
    {
        for (int register = 0; register < product.Accumulators.Length; register++)
        {
            int slot = product.Accumulators[register];
            _uses[slot]++;
            _roles[slot] = Role(product.Accumulators.Length, register);
            _warp.Initialised[slot] = 0;
        }
    }

    /// <summary>Closes the current group of products.</summary>
    public void Commit() => _committed++;

    /// <summary>Waits until at most <paramref name="pending"/> groups are under way.</summary>
    public void Wait(Instruction* i, uint mask, int pending)
    {
        int kept = 0;
        for (int p = 0; p < _underWay.Count; p++)
        {
            Product product = _underWay[p];
            if (product.Group >= _committed - pending)
            {
                _underWay[kept++] = product;
                continue;
            }
            Complete(i, mask, product);
            _spare.Push(product);
        }
        _underWay.RemoveRange(kept, _underWay.Count - kept);
    }

    /// <summary>Whether a register is an accumulator of a product under way.</summary>
    public bool IsUnderWay(int slot) => _uses[slot] > 0;

    /// <summary>Reports an access to a register that is an accumulator of a product under way.</summary>
    public void CheckRead(Instruction* i, int slot, uint mask)
    {
        if (_uses[slot] > 0 && _warp.Options.Checks) _warp.Report(FindingKind.ProductNotAwaited, i, (int)uint.TrailingZeroCount(mask),
            $"{_warp.Program.RegisterNames[slot]} is the accumulator of a product under way");
    }

    private static int Role(int accumulators, int register) => accumulators << 8 | register;

    private void Complete(Instruction* i, uint mask, Product product)
    {
        foreach (int slot in product.Accumulators)
        {
            if (--_uses[slot] > 0) continue;
            if (_warp.Initialised[slot] != 0 && _warp.Options.Checks) _warp.Report(FindingKind.ProductNotAwaited, i, 0,
                $"{_warp.Program.RegisterNames[slot]} was written while a product was under way");
            _warp.Initialised[slot] = mask;
            Value(slot).CopyTo(_fenced[slot]);
        }
        if (!_warp.Options.Checks) return;
        foreach (int chunk in product.Chunks) _warp.Group.Shadow.EndAsyncRead(_warp, chunk);
    }

    private Span<uint> Value(int slot) => new(_warp.Lanes<uint>(slot), 32);

    /// <summary>One product under way.</summary>
    internal sealed class Product
    {
        public int Group;

        public int[] Accumulators = [];

        /// <summary>Shared bytes where the 16-byte chunks of the matrices begin.</summary>
        public List<int> Chunks { get; } = [];
    }
}

using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// How a product's kernel reaches global memory: with the widest instructions where every row begins at a multiple of 16 bytes, else
/// element by element.
/// </summary>
internal interface IProductAccess
{
    /// <summary>Brings eight elements into shared memory, those behind the first <paramref name="count"/> as zeros.</summary>
    void CopyEight(int address, ArrayView<BFloat16> source, long at, int count);

    /// <summary>Four elements, of which <paramref name="count"/> or more exist.</summary>
    Float4 Load(ArrayView<BFloat16> source, long at, int count);

    /// <inheritdoc cref="Load(ArrayView{BFloat16}, long, int)"/>
    Float4 Load(ArrayView<float> source, long at, int count);

    /// <summary>Stores the first <paramref name="count"/> of four elements.</summary>
    void Store(ArrayView<BFloat16> target, long at, int count, Float4 value);

    /// <inheritdoc cref="Store(ArrayView{BFloat16}, long, int, Float4)"/>
    void Store(ArrayView<float> target, long at, int count, Float4 value);
}

/// <summary>16 bytes a copy, 8 or 16 a load or store. Rows are whole eights of elements, so a count is nothing or everything.</summary>
internal readonly struct WideAccess : IProductAccess
{
    public void CopyEight(int address, ArrayView<BFloat16> source, long at, int count) =>
        TensorCoreIntrinsics.CopyAsync(address, ref source[at], count > 0 ? 16 : 0);

    public Float4 Load(ArrayView<BFloat16> source, long at, int count)
    {
        Pair words = source.Cast<Pair>()[at >> 2];
        return new() { X = BFloat16.Low(words.R0), Y = BFloat16.High(words.R0), Z = BFloat16.Low(words.R1), W = BFloat16.High(words.R1) };
    }

    public Float4 Load(ArrayView<float> source, long at, int count) => source.Cast<Float4>()[at >> 2];

    public void Store(ArrayView<BFloat16> target, long at, int count, Float4 value) => target.Cast<Pair>()[at >> 2] = new()
    {
        R0 = TensorCoreIntrinsics.Pack(value.X, value.Y),
        R1 = TensorCoreIntrinsics.Pack(value.Z, value.W),
    };

    public void Store(ArrayView<float> target, long at, int count, Float4 value) => target.Cast<Float4>()[at >> 2] = value;
}

/// <summary>One element at a time: right for any address and any count.</summary>
internal readonly struct ElementAccess : IProductAccess
{
    public void CopyEight(int address, ArrayView<BFloat16> source, long at, int count) => TensorCoreIntrinsics.StoreShared(address, new Quad
    {
        R0 = Word(source, at, count),
        R1 = Word(source, at + 2, count - 2),
        R2 = Word(source, at + 4, count - 4),
        R3 = Word(source, at + 6, count - 6),
    });

    public Float4 Load(ArrayView<BFloat16> source, long at, int count) => new()
    {
        X = source[at].Value,
        Y = count > 1 ? source[at + 1].Value : 0f,
        Z = count > 2 ? source[at + 2].Value : 0f,
        W = count > 3 ? source[at + 3].Value : 0f,
    };

    public Float4 Load(ArrayView<float> source, long at, int count) => new()
    {
        X = source[at],
        Y = count > 1 ? source[at + 1] : 0f,
        Z = count > 2 ? source[at + 2] : 0f,
        W = count > 3 ? source[at + 3] : 0f,
    };

    public void Store(ArrayView<BFloat16> target, long at, int count, Float4 value)
    {
        target[at] = default(BFloat16).Of(value.X);
        if (count > 1)
        {
            target[at + 1] = default(BFloat16).Of(value.Y);
        }

        if (count > 2)
        {
            target[at + 2] = default(BFloat16).Of(value.Z);
        }

        if (count > 3)
        {
            target[at + 3] = default(BFloat16).Of(value.W);
        }
    }

    public void Store(ArrayView<float> target, long at, int count, Float4 value)
    {
        target[at] = value.X;
        if (count > 1)
        {
            target[at + 1] = value.Y;
        }

        if (count > 2)
        {
            target[at + 2] = value.Z;
        }

        if (count > 3)
        {
            target[at + 3] = value.W;
        }
    }

    private static uint Word(ArrayView<BFloat16> source, long at, int count)
    {
        uint low = count > 0 ? source[at].Bits : (uint)0, high = count > 1 ? source[at + 1].Bits : (uint)0;
        return low | (high << 16);
    }
}

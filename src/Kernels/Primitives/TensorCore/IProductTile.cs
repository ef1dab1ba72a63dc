namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// How a product's kernel lays a step's tile of one side, 128 lines, into shared memory: in chunks of 16 bytes, so permuted that neither
/// the copies into it nor the tensor cores' reading meet bank conflicts. All members are constants or arithmetic.
/// </summary>
internal interface IProductTile
{
    /// <summary>Threads that bring it, four chunks each.</summary>
    int GroupSize { get; }

    /// <summary>Elements of k.</summary>
    int StepDepth { get; }

    /// <summary>Where eight elements of k of a line lie.</summary>
    int LinePlace(int line, int chunk);

    /// <summary>Where one k of eight lines lies, where k goes down the rows.</summary>
    int ColumnPlace(int k, int chunk);
}

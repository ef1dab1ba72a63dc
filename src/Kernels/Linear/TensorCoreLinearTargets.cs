using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Linear;

/// <summary><c>Y = residual + rowScale · gelu(columnScale · product + bias)</c>, each part where its view is not empty.</summary>
internal readonly struct TensorCoreLinearTarget<TAccess>(ArrayView<BFloat16> y, ArrayView<float> columnScale, ArrayView<float> bias,
    ArrayView<BFloat16> preactivation, ArrayView<float> rowScale, int rowsPerScale, ArrayView<BFloat16> residual, int outputs)
    : IProductTarget
    where TAccess : struct, IProductAccess
{
    public bool TakesLineSums => false;

    public ColumnTerms Columns(int column, int count) => new()
    {
        Scale = columnScale.Length > 0 ? default(TAccess).Load(columnScale, column, count) : Float4.All(1f),
        Bias = bias.Length > 0 ? default(TAccess).Load(bias, column, count) : Float4.All(0f),
    };

    public Float4 Fetch(int row, int column, int count) =>
        residual.Length > 0 ? default(TAccess).Load(residual, ((long)row * outputs) + column, count) : Float4.All(0f);

    public void Store(int row, int column, int count, Float4 product, Float4 fetched, ColumnTerms columns)
    {
        long at = ((long)row * outputs) + column;
        Float4 value = (product * columns.Scale) + columns.Bias;
        if (preactivation.Length > 0)
        {
            default(TAccess).Store(preactivation, at, count, value);
            value.X = CudaMath.Gelu(value.X);
            value.Y = CudaMath.Gelu(value.Y);
            value.Z = CudaMath.Gelu(value.Z);
            value.W = CudaMath.Gelu(value.W);
        }

        if (rowScale.Length > 0)
        {
            value *= Float4.All(rowScale[row / rowsPerScale]);
        }

        default(TAccess).Store(y, at, count, fetched + value);
    }

    public void StoreLineSum(int row, float sum)
    {
    }
}

/// <summary><c>dX (+)= rowScale · product · gelu'(preactivation)</c>; the contract has either the sum or the preactivation.</summary>
internal readonly struct TensorCoreInputGradientTarget<TAccess>(ArrayView<BFloat16> dX, int stride, ArrayView<float> rowScale,
    int rowsPerScale, ArrayView<BFloat16> preactivation, int accumulate, int inputs) : IProductTarget
    where TAccess : struct, IProductAccess
{
    public bool TakesLineSums => false;

    public ColumnTerms Columns(int column, int count) => default;

    public Float4 Fetch(int row, int column, int count)
    {
        if (preactivation.Length > 0)
        {
            return default(TAccess).Load(preactivation, ((long)row * inputs) + column, count);
        }

        return accumulate != 0 ? default(TAccess).Load(dX, ((long)row * stride) + column, count) : Float4.All(0f);
    }

    public void Store(int row, int column, int count, Float4 product, Float4 fetched, ColumnTerms columns)
    {
        Float4 value = rowScale.Length > 0 ? product * Float4.All(rowScale[row / rowsPerScale]) : product;
        if (preactivation.Length > 0)
        {
            value.X *= CudaMath.GeluDerivative(fetched.X);
            value.Y *= CudaMath.GeluDerivative(fetched.Y);
            value.Z *= CudaMath.GeluDerivative(fetched.Z);
            value.W *= CudaMath.GeluDerivative(fetched.W);
        }
        else
        {
            value += fetched;
        }

        default(TAccess).Store(dX, ((long)row * stride) + column, count, value);
    }

    public void StoreLineSum(int row, float sum)
    {
    }
}

/// <summary><c>dW (+)= product</c>, and <c>dBias (+)=</c> the sums of dY's columns, which are the left side's lines.</summary>
internal readonly struct TensorCoreWeightGradientTarget<TAccess>(ArrayView<float> dWeight, ArrayView<float> dBias, int accumulate,
    int inputs) : IProductTarget
    where TAccess : struct, IProductAccess
{
    public bool TakesLineSums => true;

    public ColumnTerms Columns(int column, int count) => default;

    public Float4 Fetch(int row, int column, int count) =>
        accumulate != 0 ? default(TAccess).Load(dWeight, ((long)row * inputs) + column, count) : Float4.All(0f);

    public void Store(int row, int column, int count, Float4 product, Float4 fetched, ColumnTerms columns) =>
        default(TAccess).Store(dWeight, ((long)row * inputs) + column, count, product + fetched);

    public void StoreLineSum(int row, float sum)
    {
        if (dBias.Length > 0)
        {
            dBias[row] = accumulate != 0 ? dBias[row] + sum : sum;
        }
    }
}

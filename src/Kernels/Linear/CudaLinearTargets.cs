using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Linear;

/// <summary><c>Y = residual + rowScale · gelu(columnScale · product + bias)</c>, each part where its view is not empty.</summary>
internal readonly struct CudaLinearTarget(ArrayView<float> y, ArrayView<float> columnScale, ArrayView<float> bias,
    ArrayView<float> preactivation, ArrayView<float> rowScale, int rowsPerScale, ArrayView<float> residual, int outputs) : ICudaTarget
{
    public bool TakesLineSums => false;

    public void Store(int row, int column, float value)
    {
        long at = ((long)row * outputs) + column;
        if (columnScale.Length > 0)
        {
            value *= columnScale[column];
        }

        if (bias.Length > 0)
        {
            value += bias[column];
        }

        if (preactivation.Length > 0)
        {
            preactivation[at] = value;
            value = CudaMath.Gelu(value);
        }

        if (rowScale.Length > 0)
        {
            value *= rowScale[row / rowsPerScale];
        }

        y[at] = residual.Length > 0 ? residual[at] + value : value;
    }

    public void StoreLineSum(int row, float sum)
    {
    }
}

/// <summary><c>dX (+)= rowScale · product · gelu'(preactivation)</c>.</summary>
internal readonly struct CudaInputGradientTarget(ArrayView<float> dX, int stride, ArrayView<float> rowScale, int rowsPerScale,
    ArrayView<float> preactivation, int accumulate, int inputs) : ICudaTarget
{
    public bool TakesLineSums => false;

    public void Store(int row, int column, float value)
    {
        long at = ((long)row * stride) + column;
        if (rowScale.Length > 0)
        {
            value *= rowScale[row / rowsPerScale];
        }

        if (preactivation.Length > 0)
        {
            value *= CudaMath.GeluDerivative(preactivation[((long)row * inputs) + column]);
        }

        dX[at] = accumulate != 0 ? dX[at] + value : value;
    }

    public void StoreLineSum(int row, float sum)
    {
    }
}

/// <summary><c>dW (+)= product</c>, and <c>dBias (+)=</c> the sums of dY's columns, which are the left side's lines.</summary>
internal readonly struct CudaWeightGradientTarget(ArrayView<float> dWeight, ArrayView<float> dBias, int accumulate, int inputs)
    : ICudaTarget
{
    public bool TakesLineSums => true;

    public void Store(int row, int column, float value)
    {
        long at = ((long)row * inputs) + column;
        dWeight[at] = accumulate != 0 ? dWeight[at] + value : value;
    }

    public void StoreLineSum(int row, float sum)
    {
        if (dBias.Length > 0)
        {
            dBias[row] = accumulate != 0 ? dBias[row] + sum : sum;
        }
    }
}

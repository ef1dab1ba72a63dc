using DoRA.Kernels;

namespace DoRA.Autograd.Ops;

/// <summary>A factor a sample for a residual branch: stochastic depth.</summary>
/// <param name="Scales">[samples] float32.</param>
/// <param name="RowsPerSample">Rows that share a factor: the tokens of a view.</param>
public readonly record struct RowScale(DeviceSpan Scales, int RowsPerSample);

using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>A tensor of a run's state: what a checkpoint writes and reads.</summary>
/// <param name="Name"><c>student/</c>, <c>teacher/</c>, <c>mean/</c> or <c>variance/</c> and a parameter's name, or <c>center</c>.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Data">The tensor itself, float32: reading from it or writing to it reads or writes the state.</param>
public sealed record StateTensor(string Name, IReadOnlyList<int> Shape, DeviceSpan Data);

using System.Reflection;
using System.Runtime.ExceptionServices;
using DoRA.Kernels;
using DoRA.Kernels.Tests.Cuda.Driver;

namespace DoRA.Pipeline.Tests.Clips.Card;

/// <summary>A fake driver for several threads, which a driver is: one call at a time. It notes what was launched and copied.</summary>
public class SharedCudaApi : DispatchProxy
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nint, string> _kernels = [];
    private FakeCudaApi _api = null!;

    /// <summary>Kernels in the order of their launches.</summary>
    public List<string> Launches { get; } = [];

    /// <summary>Bytes of every copy to the card, in order.</summary>
    public List<long> CopiesIn { get; } = [];

    internal static (ICudaApi Api, SharedCudaApi Notes) Of(FakeCudaApi api)
    {
        ICudaApi shared = Create<ICudaApi, SharedCudaApi>();
        SharedCudaApi notes = (SharedCudaApi)(object)shared;
        notes._api = api;
        return (shared, notes);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        lock (_gate)
        {
            object? result;
            try
            {
                result = targetMethod!.Invoke(_api, args);
            }
            catch (TargetInvocationException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerException!);
                throw;
            }

            switch (targetMethod.Name)
            {
                case nameof(ICudaApi.Function):
                    _kernels[(nint)args![2]!] = (string)args[1]!;
                    break;
                case nameof(ICudaApi.Launch):
                    Launches.Add(_kernels[(nint)args![0]!]);
                    break;
                case nameof(ICudaApi.CopyIn):
                    CopiesIn.Add((long)args![2]!);
                    break;
            }

            return result;
        }
    }
}

using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime.Cuda;

namespace DoRA.Kernels;

/// <summary>A kernel as ILGPU compiled it.</summary>
/// <param name="Name">Name of the entry in the text.</param>
/// <param name="Ptx">The module's text.</param>
public sealed record CompiledKernel(string Name, string Ptx);

/// <summary>Compiles static ILGPU kernel methods to PTX; needs no driver and no card. One at a time.</summary>
public sealed partial class PtxCompiler : IDisposable
{
    private readonly Context _context;
    private readonly PTXBackend _backend;

    /// <summary>Makes a compiler for a card's architecture.</summary>
    /// <param name="configure">Further settings of ILGPU's context, for example to register intrinsics or algorithms.</param>
    /// <param name="architecture">The architecture whose features kernels may use; H100 and H200 by default.</param>
    public PtxCompiler(Action<Context.Builder>? configure = null, CudaArchitecture? architecture = null)
    {
        _context = Context.Create(builder =>
        {
            builder.Optimize(OptimizationLevel.O2);
            configure?.Invoke(builder);
        });
        CudaArchitecture target = architecture ?? CudaArchitecture.SM_90;
        _backend = new PTXBackend(_context, new CudaCapabilityContext(target), target, CudaInstructionSet.ISA_80, null);
    }

    /// <summary>
    /// Registers intrinsics: every public static method of the class marked [IntrinsicImplementation] is written by the static method
    /// of the same class whose name is the method's with `Generate` before it.
    /// </summary>
    public static void RegisterIntrinsics(Context.Builder builder, Type intrinsics)
    {
        foreach (MethodInfo method in intrinsics.GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            if (method.GetCustomAttribute<IntrinsicImplementationAttribute>() is null) continue;
            MethodInfo generator = intrinsics.GetMethod("Generate" + method.Name, BindingFlags.Public | BindingFlags.Static)
                ?? throw new InvalidOperationException($"{intrinsics.Name} has no method Generate{method.Name}");
            builder.GetIntrinsicManager().RegisterMethod(method, new PTXIntrinsic(generator, IntrinsicImplementationMode.GenerateCode));
        }
    }

    /// <summary>Compiles an explicitly grouped kernel: a static method that asks Group and Grid for its index.</summary>
    public CompiledKernel Compile(Delegate kernel) => Compile(kernel.Method);

    /// <summary>Compiles an explicitly grouped kernel, of a generic method with its type arguments.</summary>
    public CompiledKernel Compile(MethodInfo kernel)
    {
        PTXCompiledKernel compiled = (PTXCompiledKernel)_backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default);
        string name = EntryName(kernel);
        // ILGPU names an entry after the method alone, the same for all type arguments.
        string text = compiled.PTXAssembly.Replace($".entry {compiled.Name}(", $".entry {name}(", StringComparison.Ordinal);
        // It knows no architecture with a letter, one whose instructions no later card has.
        return new CompiledKernel(name, text.Contains("wgmma.", StringComparison.Ordinal) ? Target().Replace(text, ".target sm_90a", 1) : text);
    }

    public void Dispose()
    {
        _backend.Dispose();
        _context.Dispose();
    }

    /// <summary>Type, method and their type arguments, for example CudaLayerNorm_Forward_BFloat16.</summary>
    private static string EntryName(MethodInfo kernel)
    {
        IEnumerable<string> parts = [.. Names(kernel.DeclaringType!), kernel.Name, .. kernel.GetGenericArguments().SelectMany(Names)];
        // A lambda's name has brackets.
        return NoIdentifier().Replace(string.Join('_', parts), "_");
    }

    private static IEnumerable<string> Names(Type type) =>
        [type.Name.Split('`')[0], .. type.GetGenericArguments().SelectMany(Names)];

    [GeneratedRegex(@"\.target sm_\d+")]
    private static partial Regex Target();

    [GeneratedRegex(@"\W")]
    private static partial Regex NoIdentifier();
}

using System.Text;

namespace DoRA.Model.Tests;

/// <summary>Values by the formula that the golden manifest states, so that large tensors need no file.</summary>
internal static class FormulaWeights
{
    /// <summary><c>offset + scale · v</c>, v in [−1, 1) from the tensor's name and the element's index.</summary>
    public static float[] Of(string name, long length, float scale, float offset = 0)
    {
        float[] values = new float[length];
        ulong hash = Fnv1a(name);
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = Mix(hash + ((ulong)i * 0x9E3779B97F4A7C15));
            values[i] = offset + (scale * (((z >> 40) / (float)(1 << 23)) - 1));
        }

        return values;
    }

    /// <summary>A parameter's values, by the manifest's rule for its name and dimensions.</summary>
    public static float[] OfParameter(string name, long length, int dimensions) => name switch
    {
        "pos_embed" or "cls_token" => Of(name, length, 0.5f),
        _ when dimensions >= 2 || name.EndsWith(".bias", StringComparison.Ordinal) => Of(name, length, 0.0625f),
        _ => Of(name, length, 0.125f, 1),
    };

    private static ulong Fnv1a(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte letter in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ letter) * 0x100000001B3;
        }

        return hash;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

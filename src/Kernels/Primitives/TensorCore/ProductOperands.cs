namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>What a product's kernel can take, asked before it is launched.</summary>
internal static class ProductOperands
{
    /// <exception cref="ArgumentException">A span that is there is of another type.</exception>
    public static void Require(ElementType type, params ReadOnlySpan<(string Name, DeviceSpan Span)> operands)
    {
        foreach ((string name, DeviceSpan span) in operands)
        {
            if (!span.IsEmpty && span.Type != type)
            {
                throw new ArgumentException($"A product on tensor cores takes {name} as {type}, not as {span.Type}.", name);
            }
        }
    }

    /// <summary>Whether <see cref="WideAccess"/> is right: rows are whole eights of elements, and begin at multiples of 16 bytes.</summary>
    /// <param name="strides">Elements between two rows' beginnings, of every matrix.</param>
    public static bool AreWide(ReadOnlySpan<int> strides, params ReadOnlySpan<DeviceSpan> operands)
    {
        foreach (int stride in strides)
        {
            if (stride % 8 != 0)
            {
                return false;
            }
        }

        foreach (DeviceSpan operand in operands)
        {
            if (!operand.IsEmpty && operand.Address() % 16 != 0)
            {
                return false;
            }
        }

        return true;
    }
}

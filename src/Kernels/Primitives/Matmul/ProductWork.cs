namespace DoRA.Kernels.Primitives;

/// <summary>One slab of k of a <see cref="MatrixProduct{L, V}"/>: phase 0 packs the shared side, phase 1 multiplies blocks of the local side with it.</summary>
internal unsafe struct ProductWork<L, V, TLeft, TRight, TTarget> : IParallelWork
    where L : ILanes<V>
    where V : struct
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
    where TTarget : struct, ITileTarget
{
    public TLeft Left;
    public TRight Right;
    public TTarget Target;
    public int Rows;
    public int Columns;

    /// <summary>The slab: k from here to <see cref="End"/>, of <see cref="Depth"/> in all, in shares of <see cref="DepthBlock"/>.</summary>
    public int Start;
    public int End;
    public int Depth;
    public int DepthBlock;

    /// <summary>The left side is the shared one, and parts are blocks of the right one; else the other way round.</summary>
    public bool ShareLeft;

    /// <summary>Panels of the local side.</summary>
    public int Panels;
    public int PanelsPerPart;
    public int SharedPanels;

    /// <summary>The packed shared side: share of k, panel, k, line.</summary>
    public float* Shared;

    /// <summary>Each worker's packed block, then its tile, then one packed left panel.</summary>
    public float* Workers;
    public long WorkerFloats;
    public int Slab;

    private const int SharedPanelsPerPart = 4;

    public readonly int Phases => 2;

    public readonly int Parts(int phase) => phase == 0
        ? ShareLeft && Left.IsDirect ? 0 : (SharedPanels + SharedPanelsPerPart - 1) / SharedPanelsPerPart
        : (Panels + PanelsPerPart - 1) / PanelsPerPart;

    public readonly void Run(int phase, int part, int worker)
    {
        if (phase == 0)
        {
            PackShared(part);
        }
        else if (ShareLeft)
        {
            MultiplyRightBlock(part, Workers + (worker * WorkerFloats));
        }
        else
        {
            MultiplyLeftBlock(part, Workers + (worker * WorkerFloats));
        }
    }

    private static int LeftWidth => Tile<L, V>.Rows;

    private static int RightWidth => Tile<L, V>.Columns;

    private readonly void PackShared(int part)
    {
        int first = part * SharedPanelsPerPart, width = ShareLeft ? LeftWidth : RightWidth;
        int line = first * width, lines = Math.Min(ShareLeft ? Rows : Columns, (first + SharedPanelsPerPart) * width) - line;
        for (int k = Start; k < End; k += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, End - k);
            if (ShareLeft)
            {
                Left.Pack(SharedPanel(first, LeftWidth, k), LeftWidth, line, lines, k, depth);
            }
            else
            {
                Right.Pack(SharedPanel(first, RightWidth, k), RightWidth, line, lines, k, depth);
            }
        }
    }

    /// <summary>A block of rows against all columns.</summary>
    private readonly void MultiplyLeftBlock(int part, float* memory)
    {
        int first = part * PanelsPerPart, last = Math.Min(Panels, first + PanelsPerPart);
        float* block = memory, tile = block + ((long)PanelsPerPart * LeftWidth * DepthBlock), edge = tile + (LeftWidth * RightWidth);
        for (int k = Start; k < End; k += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, End - k);
            if (!Left.IsDirect)
            {
                Left.Pack(block, LeftWidth, first * LeftWidth, Math.Min(Rows, last * LeftWidth) - (first * LeftWidth), k, depth);
            }

            for (int j = 0; j < SharedPanels; j++)
            {
                float* right = SharedPanel(j, RightWidth, k);
                for (int i = first; i < last; i++)
                {
                    MultiplyTile(i, j, k, depth, block + ((long)(i - first) * LeftWidth * depth), right, tile, edge);
                }
            }
        }
    }

    /// <summary>A block of columns against all rows.</summary>
    private readonly void MultiplyRightBlock(int part, float* memory)
    {
        int first = part * PanelsPerPart, last = Math.Min(Panels, first + PanelsPerPart);
        float* block = memory, tile = block + ((long)PanelsPerPart * RightWidth * DepthBlock), edge = tile + (LeftWidth * RightWidth);
        for (int k = Start; k < End; k += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, End - k);
            Right.Pack(block, RightWidth, first * RightWidth, Math.Min(Columns, last * RightWidth) - (first * RightWidth), k, depth);

            for (int i = 0; i < SharedPanels; i++)
            {
                float* left = SharedPanel(i, LeftWidth, k);
                for (int j = first; j < last; j++)
                {
                    MultiplyTile(i, j, k, depth, left, block + ((long)(j - first) * RightWidth * depth), tile, edge);
                }
            }
        }
    }

    private readonly void MultiplyTile(int i, int j, int k, int depth, float* packedLeft, float* right, float* tile, float* edge)
    {
        int row = i * LeftWidth, column = j * RightWidth;
        int rows = Math.Min(LeftWidth, Rows - row), columns = Math.Min(RightWidth, Columns - column);
        bool first = k == 0, last = k + depth == Depth;
        float* left = packedLeft;
        nint leftRow = 1, leftStep = LeftWidth;
        if (Left.IsDirect && rows == LeftWidth)
        {
            left = Left.Line(row) + k;
            (leftRow, leftStep) = (Left.LineStride, 1);
        }
        else if (Left.IsDirect)
        {
            Left.Pack(edge, LeftWidth, row, rows, k, depth);
            left = edge;
        }

        if (Target.IsPlain && rows == LeftWidth && columns == RightWidth)
        {
            Tile<L, V>.Multiply(Target.Element(row, column), Target.RowStride, left, leftRow, leftStep, right, RightWidth, depth, !first || Target.Accumulate, rows, columns);
        }
        else
        {
            Tile<L, V>.Multiply(tile, RightWidth, left, leftRow, leftStep, right, RightWidth, depth, false, rows, columns);
            Target.Store(tile, RightWidth, row, column, rows, columns, first, last);
        }
    }

    private readonly float* SharedPanel(int panel, int width, int k)
    {
        int depth = Math.Min(DepthBlock, End - k);
        return Shared + ((long)(k - Start) * SharedPanels * width) + ((long)panel * width * depth);
    }
}

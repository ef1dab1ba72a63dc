namespace DoRA.References;

/// <summary>
/// <c>X[v, 0] = cls + position[0]; X[v, 1+i] = b + m[v, i] (E[f, i] − b) + position[1+i]</c> for view v of frame f = v / viewsPerFrame.
/// E [frames, patches, width], X [views, 1 + patches, width], masks [views, patches].
/// </summary>
public static class TokenAssemblyReference
{
    public static double[] Forward(
        double[] embeddings, double[] masks, double[] patchBias, double[] clsToken, double[] position, int frames, int viewsPerFrame,
            int patches, int width)
    {
        double[] tokens = new double[frames * viewsPerFrame * (patches + 1) * width];
        for (int i = 0; i < tokens.Length; i++)
        {
            (int column, int token, int view) = (i % width, i / width % (patches + 1), i / width / (patches + 1));
            double place = position[(token * width) + column];
            if (token == 0)
            {
                tokens[i] = clsToken[column] + place;
                continue;
            }

            double mask = masks[(view * patches) + token - 1],
                embedding = embeddings[((((view / viewsPerFrame) * patches) + token - 1) * width) + column];
            tokens[i] = patchBias[column] + (mask * (embedding - patchBias[column])) + place;
        }

        return tokens;
    }

    public static (double[] DEmbeddings, double[] DPatchBias, double[] DClsToken, double[] DPosition) Backward(
        double[] dTokens, double[] masks, int frames, int viewsPerFrame, int patches, int width)
    {
        double[] dEmbeddings = new double[frames * patches * width], dPatchBias = new double[width];
        double[] dClsToken = new double[width], dPosition = new double[(patches + 1) * width];
        for (int i = 0; i < dTokens.Length; i++)
        {
            (int column, int token, int view) = (i % width, i / width % (patches + 1), i / width / (patches + 1));
            dPosition[(token * width) + column] += dTokens[i];
            if (token == 0)
            {
                dClsToken[column] += dTokens[i];
                continue;
            }

            double mask = masks[(view * patches) + token - 1];
            dEmbeddings[((((view / viewsPerFrame) * patches) + token - 1) * width) + column] += mask * dTokens[i];
            dPatchBias[column] += (1 - mask) * dTokens[i];
        }

        return (dEmbeddings, dPatchBias, dClsToken, dPosition);
    }
}

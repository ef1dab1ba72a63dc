using System.Text.RegularExpressions;
using DoRA.Kernels;
using NUnit.Framework.Constraints;

namespace DoRA.Pipeline.Tests.Evaluation;

internal static class BadInput
{
    /// <summary>Refused with a sentence in which these parts follow each other.</summary>
    public static Constraint Saying(params string[] parts) =>
        Throws.TypeOf<UserException>().With.Message.Matches(string.Join(".*", parts.Select(Regex.Escape)));
}

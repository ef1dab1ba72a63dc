namespace DoRA.Kernels;

/// <summary>
/// Wrong use or bad input: one sentence that names the file or option, what was expected and what to do.
/// The program prints it and leaves with exit code 2, without a stack trace.
/// </summary>
public class UserException : Exception
{
    /// <param name="message">The whole sentence a user reads.</param>
    public UserException(string message) : base(message) { }

    /// <param name="message">The whole sentence a user reads.</param>
    /// <param name="innerException">What went wrong underneath; shown with <c>--verbose</c> only.</param>
    public UserException(string message, Exception innerException) : base(message, innerException) { }
}

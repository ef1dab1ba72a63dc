using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DoRA.Kernels;

namespace DoRA.Pipeline.Runs;

/// <summary>How results are written as JSON: camel case, indented, numbers that are none by name.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly JsonSerializerOptions ReadOptions = new(Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="UserException">The file is missing, or holds something else.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), ReadOptions) ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read as a result of this program: {error.Message}", error);
        }
    }

    /// <summary>What the program itself carries.</summary>
    public static T Read<T>(Stream stream) => JsonSerializer.Deserialize<T>(stream, ReadOptions)!;

    public static string Of<T>(T result) => JsonSerializer.Serialize(result, Options);
}

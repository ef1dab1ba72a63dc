using System.Net;

namespace DoRA.Pipeline.Report;

/// <summary>Pieces of a page.</summary>
internal static class Html
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A picture that the page carries in itself.</summary>
    /// <param name="webp">The encoded picture.</param>
    public static string Picture(byte[] webp, string description) => $"<img src=\"{Data(webp)}\" alt=\"{Text(description)}\">";

    public static string Data(byte[] webp) => $"data:image/webp;base64,{Convert.ToBase64String(webp)}";

    public static string Figure(string content, string caption, string kind = "") =>
        $"<figure class=\"{kind}\">{content}<figcaption>{caption}</figcaption></figure>\n";

    public static string Section(string title, string introduction, string content) =>
        $"<section><h2>{Text(title)}</h2>\n<p>{introduction}</p>\n{content}</section>\n";
}

using System.Text;
using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>The sentences for files that cannot be used: each names the file, what is wrong and what to do.</summary>
internal static class VideoErrors
{
    public static UserException Missing(string path) => new($"There is no video '{path}'; check the path.");

    public static UserException IsFolder(string path) => new($"'{path}' is a folder where a video file is expected; name a file in it.");

    public static UserException NoVideos(string path) =>
        new($"The folder '{path}' holds no video that can be read; put videos (.mp4, .mkv, .webm, ...) there or name another folder.");

    public static UserException NoPictures(string path) =>
        new($"The folder '{path}' holds no pictures; put frames (.jpg or .png, named in the order of time) there or name another folder.");

    public static UserException NoPicture(string path) =>
        new($"'{path}' cannot be decoded as a picture: it is cut off or damaged; copy it again or remove it.");

    public static UserException BadListLine(string list, int line, string path) => new(
        $"'{list}', line {line}: there is no video or folder '{path}'; a list has one path a line, from the list's own folder where it is relative.");

    public static UserException EmptyList(string list) => new($"The list '{list}' names no video; write one path a line.");

    public static UserException ProxyDamaged(string source, double seconds, string folder) => new(
        $"The proxy of '{source}' in {folder} is damaged at {seconds:0.##} s; start again (with --resume to continue a run), and that part is made anew.");

    public static UserException NothingGiven() => new("No video was given; name a video file or a folder of videos.");

    public static UserException Empty(string path) =>
        new($"'{path}' is empty or no regular file (it has 0 bytes); copy the video again.");

    public static UserException Unreadable(string path, Exception reason) =>
        new($"'{path}' cannot be opened ({reason.Message.TrimEnd('.')}); check its permissions.", reason);

    public static UserException NotVideo(string path) =>
        new($"'{path}' holds no moving picture; give a video file such as .mp4, .mkv or .webm.");

    public static UserException OnlySound(string path) => new($"'{path}' has sound but no picture; give a file with a video stream.");

    public static UserException NoDecoder(string path, string codec) =>
        new($"'{path}' is coded as {(codec == "none" ? "something unknown" : codec)}, for which this FFmpeg has no decoder; "
            + "convert it with 'ffmpeg -i INPUT -c:v libx264 OUTPUT.mp4'.");

    public static UserException NotOpened(string path, string reason) => IsMp4WithoutIndex(path)
        ? new($"'{path}' is cut off: it begins as an MP4 but its index (moov), which may stand at the end, is missing; "
            + "copy it again in full.")
        : new($"'{path}' is not a video that FFmpeg can read ({reason}); give a video file such as .mp4, .mkv or .webm.");

    public static UserException NoFrame(string path) =>
        new($"'{path}' declares a video but not one frame can be decoded: it is cut off or damaged; copy it again or leave it out.");

    public static UserException CutOff(string path, double declared, double readable) => new(
        $"'{path}' is cut off: its header declares {declared:0.##} s but frames can be read only up to {readable:0.##} s; copy it again, "
        + "or keep the readable part with 'ffmpeg -i INPUT -c copy OUTPUT.mkv'.");

    public static UserException Damaged(string path, double seconds, double duration, double limit) => new(FormattableString.Invariant(
        $"'{path}' is damaged: {seconds:0.##} s of its {duration:0.##} s cannot be decoded as they were filmed, more than the {100 * limit:0.##} % ")
        + "that data.damageLimit allows; copy it again, leave it out, or raise the limit.");

    public static UserException DamagedFromStart(string path, int frames) => new(
        $"'{path}' is damaged from its start: not one of {frames} frames can be decoded as it was filmed; copy it again or leave it out.");

    public static UserException TooManyDamagedClips(string path, long damaged, long drawn, double limit) => new(FormattableString.Invariant(
        $"{damaged} of {drawn} clips fell on damaged pictures, more than the {100 * limit:0.##} % that data.damageLimit allows, the last in '{path}'; ")
        + "look with `dora inspect`, copy the video again, leave it out, or raise the limit.");

    public static UserException Stalled(string path) =>
        new($"Decoding '{path}' was given up: no frame came in time; the file or its disk is faulty, copy it again or leave it out.");

    public static UserException Hung(string path, double seconds) => new(FormattableString.Invariant(
        $"Decoding '{path}' was given up: FFmpeg hangs in it at about {seconds:0.##} s and cannot be stopped there; ")
        + "re-encode the file with FFmpeg, or leave it out.");

    public static UserException TooShort(string path, double duration, int frames, double spacing) => new(
        $"'{path}' has {duration:0.##} s to take clips from, too short for a clip of {frames} frames {spacing:0.###} s apart, "
        + $"which spans {(frames - 1) * spacing:0.##} s; use a longer video, fewer frames or a smaller spacing.");

    public static UserException AllTooShort(int videos, double duration, int frames, double spacing) => new(
        $"None of the {videos} videos is long enough for a clip of {frames} frames {spacing:0.###} s apart, "
        + $"which spans {(frames - 1) * spacing:0.##} s (the longest lasts {duration:0.##} s); "
        + "use longer videos, fewer frames or a smaller spacing.");

    public static UserException NotWritten(string path, bool diskIsFull, string reason) => new(diskIsFull
        ? $"'{path}' cannot be written because the disk is full; make room, or name another place."
        : $"'{path}' cannot be written ({reason}); check the folder and its permissions.");

    private static bool IsMp4WithoutIndex(string path)
    {
        byte[] start = new byte[8];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, 8, throwOnEndOfStream: false) == 8 && Encoding.ASCII.GetString(start, 4, 4) == "ftyp";
    }
}

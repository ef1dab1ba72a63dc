using System.Text.RegularExpressions;
using DoRA.Kernels;

namespace DoRA.Pipeline.Configuration;

/// <summary>Checks that take several settings. Ranges of single ones are checked when they are read.</summary>
internal static partial class SettingsCheck
{
    /// <exception cref="UserException">Settings are at odds; one sentence names them and says what to change.</exception>
    public static void Check(Settings settings)
    {
        CheckPatch("views.globalSize", settings.Views.GlobalSize, settings.Model.Patch);
        if (settings.Views.LocalCount > 0)
            CheckPatch("views.localSize", settings.Views.LocalSize, settings.Model.Patch);
        CheckPatch("model.imageSize", settings.Model.ImageSize, settings.Model.Patch);
        CheckModel(settings.Model);
        CheckCrops(settings);
        if (settings.Method == Method.Dora && settings.Tracker.Objects > settings.Model.Heads)
        {
            throw new UserException($"tracker.objects is {settings.Tracker.Objects}, but model.heads is {settings.Model.Heads}: "
                + "each object takes a head of its own, so ask for fewer objects or more heads.");
        }
        CheckEpochs("optimizer.warmupEpochs", settings.Optimizer.WarmupEpochs, settings.Run.Epochs);
        CheckEpochs("optimizer.freezeLastLayerEpochs", settings.Optimizer.FreezeLastLayerEpochs, settings.Run.Epochs);
        CheckEpochs("loss.teacherTemperatureWarmupEpochs", settings.Loss.TeacherTemperatureWarmupEpochs, settings.Run.Epochs);
        if (!DeviceName().IsMatch(settings.Run.Device))
            throw new UserException($"run.device is {settings.Run.Device}, but must be auto, cpu, cuda or cuda:N with the number of a card.");
    }

    private static void CheckPatch(string name, int size, int patch)
    {
        if (size % patch != 0)
            throw new UserException($"{name} is {size}, which model.patch {patch} does not divide; take {Math.Max(1, size / patch) * patch} or another patch.");
    }

    private static void CheckModel(ModelSettings model)
    {
        if (model.Width % model.Heads != 0)
            throw new UserException($"model.width is {model.Width}, which model.heads {model.Heads} does not divide; each head takes an equal share.");
    }

    private static void CheckCrops(Settings settings)
    {
        var views = settings.Views;
        var largest = settings.Method == Method.Dora && views.ClipCrop > 0 ? ("views.clipCrop", views.ClipCrop) : ("views.globalSize", views.GlobalSize);
        if (views.LocalCount > 0 && views.LocalSize > views.GlobalSize)
            throw new UserException($"views.localSize is {views.LocalSize}, larger than views.globalSize {views.GlobalSize}; local views are the smaller ones.");
        if (settings.Method == Method.Dora && views.ClipCrop > 0 && views.GlobalSize > views.ClipCrop)
            throw new UserException($"views.globalSize is {views.GlobalSize}, larger than views.clipCrop {views.ClipCrop}, which it is cut from.");
        if (settings.Data.DecodeHeight > 0 && settings.Data.DecodeHeight < largest.Item2)
        {
            throw new UserException($"data.decodeHeight is {settings.Data.DecodeHeight}, smaller than {largest.Item1} {largest.Item2}; "
                + "decode larger frames or cut smaller ones.");
        }
    }

    private static void CheckEpochs(string name, double epochs, int all)
    {
        if (epochs > all)
            throw new UserException($"{name} is {epochs}, more than the {all} of run.epochs; make it shorter or train longer.");
    }

    [GeneratedRegex("^(auto|cpu|cuda(:[0-9]{1,3})?)$")]
    private static partial Regex DeviceName();
}

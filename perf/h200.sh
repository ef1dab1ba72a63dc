#!/bin/sh
# The CUDA engine on a card whose machine has no .NET. From the repository's root:
#   perf/h200.sh publish    here: packs program, benchmarks and .NET of the last commit into artifacts/h200.tar.xz
#   perf/h200.sh run        there: checks and measures in at most ten minutes; results go to $OUT, else to perf/results/h200
# PEER_SCRIPT names a script that times PyTorch beside (perf/Peer.cs says what it takes). docs/cuda.md explains what comes out.
set -eu

archive=artifacts/h200.tar.xz
most_bytes=$((64 * 1024 * 1024))

publish() {
    build=$(mktemp -d)
    trap 'rm -rf "$build"' EXIT
    # Elsewhere, because a restore for one system rewrites the lock files.
    git archive HEAD src perf tests/PtxMachine tests/Kernels.Tests/Cuda/LadderKernels.cs Directory.Build.props Directory.Packages.props global.json \
        .editorconfig | tar -x -C "$build"
    for project in src/Pipeline perf; do
        dotnet publish "$build/$project" -c Release -r linux-x64 --self-contained -o "$build/published" -v q -nologo \
            -p:DebugType=none -p:GenerateDocumentationFile=false
    done
    # For debuggers, and parts of .NET that nothing here loads; the rest would not fit.
    (
        cd "$build/published"
        rm -f createdump libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so libmscordaccore.so libmscordbi.so
        for unused in Private.Xml Private.Xml.Linq Private.DataContractSerialization Data.Common Net.Quic Net.Mail Net.HttpListener \
            Linq.AsyncEnumerable Linq.Parallel Formats.Tar Transactions.Local Threading.Tasks.Dataflow; do
            rm -f "System.$unused.dll"
        done
        rm -f Microsoft.VisualBasic.Core.dll
    )
    mkdir -p artifacts
    tar -C "$build/published" -c . | xz -9 > "$archive"
    bytes=$(($(git ls-files -z | xargs -0 cat | wc -c) + $(wc -c < "$archive")))
    echo "$archive: $(wc -c < "$archive") bytes; with the working tree $bytes of the $most_bytes that may travel."
    [ "$bytes" -le "$most_bytes" ]
}

# limit in seconds, name of the log, command: a failure is noted and the rest goes on.
step() {
    limit=$1 log=$out/$2
    shift 2
    echo "== $*"
    timeout "$limit" "$@" > "$log" 2>&1 || echo "== ended with $? (124: after $limit s)" >> "$log"
    tail -n 40 "$log"
}

run() {
    out=${OUT:-perf/results/h200}
    mkdir -p "$out"
    program=$(mktemp -d)
    tar -C "$program" -xf "$archive"
    step 20 machine.txt nvidia-smi
    step 60 doctor-fp32.txt "$program/DoRA.Pipeline" doctor --device cuda --precision fp32
    step 60 doctor-bf16.txt "$program/DoRA.Pipeline" doctor --device cuda --precision bf16
    step 240 cuda.txt "$program/DoRA.Perf" cuda --json "$out/cuda.json" ${PEER_SCRIPT:+--peer-script "$PEER_SCRIPT"}
    step 80 fusion.md "$program/DoRA.Perf" fusion
    if command -v compute-sanitizer > /dev/null; then
        step 60 sanitizer.txt compute-sanitizer --tool memcheck "$program/DoRA.Perf" cuda --op norm --repeats 1 --seconds 0 --json "$program/none.json"
    fi
    # Needs FFmpeg's libraries; says so in the log where they are missing.
    step 70 pretrain.txt "$program/DoRA.Pipeline" pretrain samples --device cuda --precision bf16 --preset small --steps 60 --output "$program/run"
}

case ${1:-} in
    publish) publish ;;
    run) run ;;
    *)
        echo "perf/h200.sh publish|run; see its first lines." >&2
        exit 2
        ;;
esac

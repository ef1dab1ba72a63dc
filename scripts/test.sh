# Sourced by ./dora: every test project, one after another, and the sum of them all as the last line.

# Prints "passed failed skipped" of one results file (one element a line, as the test platform writes it).
count_results() {
    awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
        /<Counters / { total = number("total"); passed = number("passed") }
        / outcome="NotExecuted"/ && /<UnitTestResult / { skipped++ }
        END { print passed + 0, total - passed - skipped, skipped + 0 }' "$1"
}

# Prints "name: reason" of every skipped test of one results file.
skip_reasons() {
    awk '
        /<UnitTestResult / {
            skipped = / outcome="NotExecuted"/
            name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name)
        }
        skipped && /<Message>/ {
            reason = $0; sub(/.*<Message>/, "", reason); sub(/<\/Message>.*/, "", reason)
            gsub(/&quot;/, "\"", name); gsub(/&quot;/, "\"", reason)
            gsub(/&lt;/, "<", reason); gsub(/&gt;/, ">", reason); gsub(/&amp;/, "\\&", reason)
            print "  " name ": " reason
        }' "$1"
}

# Runs one project's tests under a name, and adds to the counts: `run_project PROJECT NAME [options of dotnet test]`.
run_project() {
    project=$1 name=$2
    shift 2
    echo "== $name"
    status=0
    dotnet test "$project" -c Release --no-build --nologo --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --blame-hang --blame-hang-timeout 10min --blame-hang-dump-type none "$@" > "$results/output" 2>&1 || status=$?
    grep -Ev "^(Test run for|VSTest version|Starting test execution|A total of 1 test|Results File:|Additionally, path|Data collector 'Blame'|\$)" \
        "$results/output" || true
    counts="0 0 0"
    [ ! -f "$results/$name.trx" ] || counts=$(count_results "$results/$name.trx")
    set_counts $counts
    if [ $status != 0 ] && [ $new_failed = 0 ]; then
        echo "$name did not finish (exit code $status); it counts as one failed test."
        new_failed=1
    fi
    passed=$((passed + new_passed)) failed=$((failed + new_failed)) skipped=$((skipped + new_skipped))
}

# `./dora test [--goldens] [options of dotnet test, such as --filter NAME]`
run_tests() {
    goldens=false
    for argument do
        shift
        case $argument in
            --goldens) goldens=true ;;
            *) set -- "$@" "$argument" ;;
        esac
    done
    [ $goldens = false ] || set -- --filter TestCategory=Golden "$@"

    say "Building ..."
    build "$root/DoRA.sln"

    results=$(mktemp -d)
    DORA_PARITY_TABLE=$results/parity
    export DORA_PARITY_TABLE
    mkdir "$DORA_PARITY_TABLE"
    passed=0 failed=0 skipped=0
    for project in "$root"/tests/*.Tests/*.csproj; do
        run_project "$project" "$(basename "$project" .csproj)" "$@"
    done

    # The CPU engine once more on narrower vectors, as on processors that have no wider ones.
    if [ $# = 0 ] && [ "$(uname -m)" = x86_64 ]; then
        for extension in AVX512 AVX2; do
            export DOTNET_Enable$extension=0
            run_project "$root/tests/Kernels.Tests/Kernels.Tests.csproj" "Kernels.Tests-without-$extension" --filter 'FullyQualifiedName!~.Cuda.'
            unset DOTNET_Enable$extension
        done
    fi

    if [ $goldens = true ]; then
        . "$root/scripts/parity.sh"
        parity_table "$DORA_PARITY_TABLE"
    fi
    if [ $skipped != 0 ]; then
        echo "Skipped:"
        for file in "$results"/*.trx; do
            skip_reasons "$file"
        done
    fi
    rm -rf "$results"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ] && [ $passed != 0 ]
}

set_counts() { new_passed=$1 new_failed=$2 new_skipped=$3; }

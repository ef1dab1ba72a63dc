# Sourced by test.sh: the achieved errors against the golden tensors, as a Markdown table.

# A row a golden file: the tensors compared, the largest error and how much of its tolerance the worst tensor used.
# Errors are shares of a tensor's largest magnitude.
parity_table() {
    [ -n "$(ls -A "$1")" ] || return 0
    echo "| golden file | comparisons | largest error | worst share of a tolerance | of tensor |"
    echo "|---|---:|---:|---:|---|"
    cat "$1"/*.jsonl | awk '
        function field(name, value) {
            value = $0
            if (!sub(".*\"" name "\":\"?", "", value)) return ""
            sub(/["},].*/, "", value)
            return value
        }
        {
            file = field("file"); error = field("error"); tolerance = field("tolerance") + 0
            # A tolerance of 0 asks for equal values.
            share = error == "null" ? 1e9 : error + 0 == 0 ? 0 : tolerance > 0 ? error / tolerance : 1e9
            count[file]++
            if (error != "null" && error + 0 > largest[file]) largest[file] = error + 0
            if (!(file in worst) || share > worst[file]) { worst[file] = share; tensor[file] = field("tensor") }
        }
        END {
            for (file in count)
                printf "| %s | %d | %.1e | %s | %s |\n", file, count[file], largest[file],
                    (worst[file] >= 1e9 ? "not a number" : sprintf("%.2f", worst[file])), tensor[file]
        }' | LC_ALL=C sort
}

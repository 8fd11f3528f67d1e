#!/usr/bin/env bash
# Runs the benchmarks, one after the other: tools/bench.sh [NAME...], all of them without a name.
# A benchmark is an executable bench/bench_NAME.py that prints its table and exits 0.
set -euo pipefail
cd "$(dirname "$0")/.."

shopt -s nullglob
if [ $# -gt 0 ]; then
  scripts=("${@/#/bench/bench_}")
  scripts=("${scripts[@]/%/.py}")
else
  scripts=(bench/bench_*.py)
fi
if [ ${#scripts[@]} -eq 0 ]; then echo "no bench/bench_*.py is there yet" >&2; exit 1; fi
for script in "${scripts[@]}"; do
  if [ ! -x "$script" ]; then echo "$script is not there" >&2; exit 1; fi
done
failed=()
for script in "${scripts[@]}"; do
  echo "== $script, load average $(cut -d' ' -f1-3 /proc/loadavg)"
  "$script" || failed+=("$script")  # The others are run all the same.
done
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}" >&2; exit 1; fi

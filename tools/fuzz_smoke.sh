#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for SECONDS_EACH (10) over its corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset fuzz >/dev/null
cmake --build build/fuzz -j 2 --target fuzz_targets -- -k 0
shopt -s nullglob
targets=(build/fuzz/fuzz/*_fuzz build/fuzz/fuzz/fuzz_*)
if [ ${#targets[@]} -eq 0 ]; then echo "no fuzz target in build/fuzz/fuzz" >&2; exit 1; fi
for target in "${targets[@]}"; do
  if [ ! -x "$target" ] || [ -d "$target" ]; then continue; fi
  name=$(basename "$target")
  corpus=build/fuzz-corpus/$name
  mkdir -p "$corpus"
  folders=("$corpus")
  if [ -d "fuzz/corpus/$name" ]; then folders+=("fuzz/corpus/$name"); fi
  echo "$name"
  "$target" "${folders[@]}" -max_total_time="${SECONDS_EACH:-10}" -timeout=5 \
    -rss_limit_mb=2048 -verbosity=0 -artifact_prefix=build/fuzz-corpus/
done

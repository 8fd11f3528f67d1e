#!/usr/bin/env bash
# tidy.py, then clang-tidy over the C++ that changed: tools/lint.sh [--all] [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

source tools/changed.sh

tools/setup.sh test
tools/tidy.py

if [ $# -gt 0 ] && [ "$1" != --all ]; then files=("$@")
else mapfile -t files < <(changed_cpp "$@" | grep '\.cc$'); fi
if [ ${#files[@]} -eq 0 ]; then exit 0; fi

# clang-tidy reads the commands of the dev build; generated sources must exist. The static analyser
# takes most of a minute on GoogleTest's macros and finds nothing in them: not for tests.
cmake --preset dev -DFONDACO_TESTS=ON >/dev/null
run() {
  if [ ${#group[@]} -eq 0 ]; then return 0; fi
  printf '%s\0' "${group[@]}" | xargs -0 -n 1 -P 2 clang-tidy-19 --quiet -p build/dev "$@"
}
mapfile -t group < <(printf '%s\n' "${files[@]}" | grep -v '_test\.cc$' || true)
run
mapfile -t group < <(printf '%s\n' "${files[@]}" | grep '_test\.cc$' || true)
run --checks='-clang-analyzer-*'

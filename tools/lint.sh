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

# clang-tidy reads the commands of the dev build; generated sources must exist.
cmake --preset dev -DFONDACO_TESTS=ON >/dev/null
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P 2 clang-tidy-19 --quiet -p build/dev

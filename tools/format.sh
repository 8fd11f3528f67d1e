#!/usr/bin/env bash
# clang-format over C++ that differs from the last commit on the main line.
# tools/format.sh [--check] [--all] [FILE...]; --check changes nothing and fails on a difference.
set -euo pipefail
cd "$(dirname "$0")/.."

source tools/changed.sh

check=()
all=""
files=()
for argument in "$@"; do
  case "$argument" in
    --check) check=(--dry-run --Werror) ;;
    --all) all=--all ;;
    *) files+=("$argument") ;;
  esac
done
if [ ${#files[@]} -eq 0 ]; then mapfile -t files < <(changed_cpp $all); fi
if [ ${#files[@]} -eq 0 ]; then exit 0; fi

# Two at a time: this machine has two cores.
printf '%s\0' "${files[@]}" | xargs -0 -n 40 -P 2 clang-format-19 --style=file "${check[@]:--i}"

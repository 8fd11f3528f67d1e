# Sourced by format.sh and lint.sh: which C++ files are worth looking at.

# changed_cpp [--all]: files that differ from the fork point with origin/main, or from the last
# commit where there is no origin; with --all every file. Prints nothing when there is none.
changed_cpp() {
  local base
  if [ "${1:-}" = --all ]; then
    git ls-files --cached --others --exclude-standard
  else
    base=$(git merge-base HEAD origin/main 2>/dev/null || echo HEAD)
    git diff --name-only "$base" -- 2>/dev/null
    git ls-files --others --exclude-standard
  fi | sort -u | grep -E '^(src|bench|fuzz|tests)/.*\.(h|cc)$' |
    grep -v '^bench/ceiling/' | while read -r file; do
    if [ -f "$file" ]; then echo "$file"; fi
  done || true
}

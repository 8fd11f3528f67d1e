#!/usr/bin/env bash
# Installs what one job needs and is missing: tools/setup.sh build|test|bench
# Debian packages as root or through sudo; npm packages into web/ and build/tools. Says what it
# does; does nothing when everything is there. Servers are installed but never started.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD_PACKAGES=(
  g++ cmake ninja-build ccache mold python3 pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libsqlite3-dev libpq-dev libsodium-dev libssl-dev libmimalloc-dev libfmt-dev libspdlog-dev
  libcli11-dev libtomlplusplus-dev zlib1g-dev libbrotli-dev libicu-dev
  libkainjow-mustache-dev libcurl4-openssl-dev libexpat1-dev
  libpango1.0-dev fonts-noto-cjk
)
TEST_PACKAGES=(
  libgtest-dev librapidcheck-dev libxml2-utils postgresql-15 prometheus oathtool
  chromium fonts-noto-cjk python3-aiosmtpd poppler-utils
  clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19
)
BENCH_PACKAGES=(wrk libbenchmark-dev)
SERVERS=(postgresql prometheus)  # Services of the packages above that must stay switched off.
NODE_VERSION=22.23.3             # Debian's Node is 18; playwright-core wants 20 or more.
NODE_HOME=build/tools/node

say() { echo "setup: $*"; }
fail() { say "$*" >&2; exit 1; }

missing_of() {  # missing_of PACKAGE...: those that dpkg does not call installed
  local have package
  have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qx "installed $package" <<<"$have" || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --- Servers are installed without being started -----------------------------------------------
# While packages are configured, policy-rc.d forbids every start and PostgreSQL's own settings
# forbid a first cluster. What was there before is put back, however this script ends.

POLICY=/usr/sbin/policy-rc.d
CLUSTER=/etc/postgresql-common/createcluster.conf
saved=""

guard_servers() {
  saved=$(mktemp -d)
  trap restore_servers EXIT
  trap 'exit 130' INT TERM
  if [ -e "$POLICY" ]; then as_root cp -a "$POLICY" "$saved/policy"; fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}

forbid_first_cluster() {  # After postgresql-common, which brings the file, before the server.
  if [ -e "$CLUSTER" ]; then as_root cp -a "$CLUSTER" "$saved/cluster"; fi
  echo 'create_main_cluster = false' | as_root tee -a "$CLUSTER" >/dev/null
}

restore_servers() {
  if [ -z "$saved" ]; then return 0; fi
  if [ -e "$saved/policy" ]; then as_root cp -a "$saved/policy" "$POLICY"
  else as_root rm -f "$POLICY"; fi
  if [ -e "$saved/cluster" ]; then as_root cp -a "$saved/cluster" "$CLUSTER"; fi
  as_root rm -rf "$saved"
  saved=""
}

switch_off() {  # switch_off SERVICE...: packages also arrange a start at the next boot
  command -v systemctl >/dev/null || return 0
  as_root systemctl disable --quiet "$@" 2>/dev/null || true
}

# --- Debian packages -----------------------------------------------------------------------------

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "$@"
}

install_packages() {
  local missing service fresh=()
  mapfile -t missing < <(missing_of "$@")
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  command -v apt-get >/dev/null || fail "needs Debian's apt-get for: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "run as root or install sudo; missing: ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  for service in "${SERVERS[@]}"; do
    if [[ " ${missing[*]} " == *" $service"* ]]; then fresh+=("$service"); fi
  done
  guard_servers
  as_root apt-get update --quiet
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
    apt_install postgresql-common
    forbid_first_cluster
  fi
  apt_install "${missing[@]}"
  if [ ${#fresh[@]} -gt 0 ]; then switch_off "${fresh[@]}"; fi
  restore_servers
}

# --- npm packages --------------------------------------------------------------------------------

ensure_npm() {
  command -v npm >/dev/null || install_packages npm
}

# The npm package `node` would fetch this one from an install script, which npm may refuse to run.
install_node() {
  local arch=x64
  if [ "$(uname -m)" = aarch64 ]; then arch=arm64; fi
  if [ "$(cat "$NODE_HOME/version" 2>/dev/null)" = "$NODE_VERSION" ]; then return 0; fi
  ensure_npm
  say "fetching Node $NODE_VERSION into $NODE_HOME"
  rm -rf "$NODE_HOME"
  mkdir -p "$NODE_HOME"
  npm install --prefix "$NODE_HOME" --no-save --ignore-scripts --silent \
    "node-linux-$arch@$NODE_VERSION"
  ln -s "node_modules/node-linux-$arch/bin" "$NODE_HOME/bin"
  "$NODE_HOME/bin/node" --version >/dev/null
  echo "$NODE_VERSION" >"$NODE_HOME/version"
}

install_web() {
  if cmp -s web/package-lock.json web/node_modules/.installed-lock; then return 0; fi
  ensure_npm
  say "installing web/node_modules from web/package-lock.json"
  (cd web && PATH="$PWD/../$NODE_HOME/bin:$PATH" npm ci --ignore-scripts --silent)
  cp web/package-lock.json web/node_modules/.installed-lock
}

main() {
  case "${1:-}" in
    build) install_packages "${BUILD_PACKAGES[@]}" ;;
    test)
      install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
      install_node
      install_web
      ;;
    bench) install_packages "${BUILD_PACKAGES[@]}" "${BENCH_PACKAGES[@]}" ;;
    *) fail "usage: tools/setup.sh build|test|bench" ;;
  esac
}

main "$@"

#!/usr/bin/env bash
# A throw-away PostgreSQL for tests and benches: own directory, loopback, a free port.
#   tools/pg_test_server.sh start [DIR]   prints the URL; DIR defaults to build/pg
#   tools/pg_test_server.sh stop [DIR]    stops the server of that directory, by its own pid
# PostgreSQL does not run as root: then it runs as the user postgres in a directory of its own.
set -euo pipefail

action=${1:?start or stop}
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${2:-$here/build/pg}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "PostgreSQL is not installed: tools/setup.sh test" >&2; exit 4; }

as_server() {  # The server's user must reach its directory, so root keeps it below /tmp.
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}
if [ "$(id -u)" = 0 ]; then
  data=/tmp/pg-$(printf %s "$dir" | sha256sum | cut -c1-12)
else
  data=$dir
fi

free_port() {
  python3 - <<'PYTHON'
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
PYTHON
}

start() {
  if [ -f "$data/url" ] && as_server "$bin/pg_ctl" -D "$data/db" status >/dev/null 2>&1; then
    cat "$data/url"
    return
  fi
  rm -rf "$data"
  mkdir -p "$data"
  [ "$(id -u)" != 0 ] || chown postgres "$data"
  as_server "$bin/initdb" -D "$data/db" -U fondaco --auth=trust --locale=C -E UTF8 -N >/dev/null
  port=$(free_port)
  cat >>"$data/db/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$data'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
CONF
  as_server "$bin/pg_ctl" -D "$data/db" -l "$data/log" -w start >/dev/null
  url="postgresql://fondaco@127.0.0.1:$port/postgres"
  as_server sh -c "echo '$url' > '$data/url'"
  echo "$url"
}

case $action in
  start) start ;;
  stop)
    if [ -d "$data/db" ]; then
      as_server "$bin/pg_ctl" -D "$data/db" -m fast -w stop >/dev/null || true
    fi
    rm -rf "$data"
    ;;
  *) echo "start or stop, not $action" >&2; exit 2 ;;
esac

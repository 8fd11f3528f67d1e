"""What the benches share: servers, load, CPU and bytes written, history."""
import csv
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
BINARY = pathlib.Path(os.environ.get("FONDACO_BINARY", ROOT / "build" / "release" / "fondaco"))
# The product's own flags: a ceiling compiled more lightly would be no ceiling.
FLAGS = ["-std=c++20", "-O2", "-g1", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3",
         "-fstack-protector-strong", "-fstack-clash-protection", "-fcf-protection=full",
         "-D_GLIBCXX_ASSERTIONS", "-fPIE", "-pie"]
TOOL = str(ROOT / "tools" / "pg_test_server.sh")
KEY_MARKER = "@@KEY@@" + "-" * 29


def compiled(source, *libraries):
    """Compiles one probe once; returns its path."""
    BUILD.mkdir(parents=True, exist_ok=True)
    source = ROOT / "bench" / source
    target = BUILD / source.stem
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["g++", *FLAGS, "-I/usr/include/postgresql", str(source), "-o", str(target),
                        "-pthread", *libraries], check=True)
    return target


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def written_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def wait_port(port, process, seconds=60):
    for _ in range(seconds * 500):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.002)
    raise SystemExit("the server did not open its port")


class Server:
    """A fondaco on its own directory; rate quotas raised, everything else as shipped."""

    def __init__(self, directory, *arguments, database=None):
        self.port = free_port()
        self.directory = pathlib.Path(directory)
        where = ["--database", database] if database else ["--data", str(directory)]
        environment = dict(os.environ, FONDACO_LOG_LEVEL="warn")
        self.process = subprocess.Popen(
            [str(BINARY), "serve", *where, "--listen", f"127.0.0.1:{self.port}",
             "--rate-limits", "on", "--rate-quota", "1000000000", *arguments],
            stdout=subprocess.DEVNULL, env=environment)
        wait_port(self.port, self.process)
        for _ in range(30_000):
            if self.get("/readyz")[0] == 200:
                break
            time.sleep(0.002)

    def request(self, method, path, body=None, headers=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    @property
    def pid(self):
        return self.process.pid

    def stop(self, kill=False):
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        self.process.wait(60)


def command(*arguments, data=None, database=None, stdin=None):
    """Runs a fondaco command with --json; returns its object."""
    where = ["--database", database] if database else ["--data", str(data)] if data else []
    done = subprocess.run([str(BINARY), *arguments, *where, "--json"], capture_output=True,
                          text=True, input=stdin)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{arguments}: {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def raw_request(method, path, body, headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def write_requests(path, requests):
    with open(path, "wb") as out:
        for request in requests:
            out.write(f"{len(request)}\n".encode())
            out.write(request)


def load(port, requests_file, connections, seconds, most=-1):
    program = compiled("load.cc")
    done = subprocess.run([str(program), "--port", str(port), "--connections", str(connections),
                           "--seconds", str(seconds), "--most", str(most), "--requests",
                           str(requests_file)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"load: {done.stderr}")
    result = json.loads(done.stdout)
    result["samples"] = done.stderr.strip()
    return result


def start_load(port, requests_file, connections, seconds, most):
    """A load that runs on while something else happens; its standard output is the result."""
    return subprocess.Popen([str(compiled("load.cc")), "--port", str(port), "--connections",
                             str(connections), "--seconds", str(seconds), "--most", str(most),
                             "--requests", str(requests_file)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


class Postgres:
    """A throw-away PostgreSQL of this run; its URL."""

    def __enter__(self):
        self.directory = str(BUILD / "pg")
        return subprocess.run([TOOL, "start", self.directory], check=True, capture_output=True,
                              text=True).stdout.strip()

    def __exit__(self, *_):
        subprocess.run([TOOL, "stop", self.directory], check=False)


def show_ceiling(name, rate, cpu_us, limit_us, more=""):
    """Prints a ceiling with its CPU beside limits.md: a slow machine makes easy ceilings."""
    print(f"{'ceiling':10} {name}: {rate:.0f} a second, CPU {cpu_us:.1f} µs (limits.md: "
          f"{limit_us} µs){more}", flush=True)
    if cpu_us > 1.5 * limit_us:
        print(f"  warning: the machine is {cpu_us / limit_us:.1f} times slower than in limits.md")


def bare_http(scratch, path, connections, limit_us):
    """Answers a second of a bare Beast server with a body of 200 B (/small) or 10 KB (/big)."""
    program = compiled("ceiling/beast_coro.cc")
    port = free_port()
    server = subprocess.Popen([str(program), str(port), "1"])
    wait_port(port, server)
    file = scratch / "bare.req"
    write_requests(file, [raw_request("GET", path, b"", {})])
    load(port, file, connections, 0.5)
    result = measured(server.pid, lambda: load(port, file, connections, 4))
    server.kill()
    server.wait()
    show_ceiling(f"bare HTTP {path}, {connections} connections", result["per_second"],
                 result["server_cpu_us"], limit_us)
    return result["per_second"]


def measured(pid, run):
    """Runs a load and adds what the server spent per answer."""
    cpu, bytes_before = cpu_seconds(pid), written_bytes(pid)
    result = run()
    answers = max(1, result["answers"])
    result["server_cpu_us"] = (cpu_seconds(pid) - cpu) / answers * 1e6
    result["server_kb"] = (written_bytes(pid) - bytes_before) / answers / 1024
    return result


class Scratch:
    """A directory on the disk of the build, not on tmpfs: syncs shall be real."""

    def __enter__(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self.path = pathlib.Path(tempfile.mkdtemp(dir=BUILD))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def commit():
    done = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True)
    return done.stdout.strip() or "none"


def record(bench, what, value, ceiling, unit):
    """Appends one figure beside its ceiling to bench/history.csv and prints it."""
    path = ROOT / "bench" / "history.csv"
    fresh = not path.exists()
    ratio = value / ceiling if ceiling else 0
    with open(path, "a", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        if fresh:
            writer.writerow(["date", "commit", "bench", "what", "value", "ceiling", "ratio",
                             "unit"])
        writer.writerow([datetime.date.today().isoformat(), commit(), bench, what, f"{value:.1f}",
                         f"{ceiling:.1f}", f"{ratio:.3f}", unit])
    print(f"{bench:10} {what:34} {value:12.1f} {unit:14} ceiling {ceiling:12.1f}  "
          f"ratio {ratio:.2f}", flush=True)

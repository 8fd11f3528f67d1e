#!/usr/bin/env python3
"""The contract of the command line: exit codes, --json, the same answer with and without a running
server, backup and restore. Prints TAP-like lines; the program is build/release/fondaco or
FONDACO_BIN."""
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("FONDACO_BIN") or os.environ.get("FONDACO_BINARY") or str(
    ROOT / "build/release/fondaco")
CATALOGUE = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,\
Variant SKU,Variant Price,Variant Inventory Qty,Variant Inventory Tracker
lamp,Lamp,<p>Light</p>,Glow,Home,,true,Colour,Red,L-RED,19.90,5,shopify
lamp,,,,,,,,Blue,L-BLUE,21.00,0,shopify
chair,Chair,,Seat,Home,,true,Title,Default Title,C-1,49,7,shopify
"""


class Failure(Exception):
    """What was found wrong."""


def check(condition, why):
    if not condition:
        raise Failure(why)


def run(*arguments, stdin=None, cwd=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          input=stdin, cwd=cwd, timeout=120, check=False)


def expect(code, *arguments, **more):
    """Runs with --json; the object of the last line of standard output, its only line."""
    done = run(*arguments, "--json", **more)
    check(done.returncode == code,
          f"{' '.join(map(str, arguments))}: exit {done.returncode}, not {code}: {done.stderr}")
    lines = done.stdout.splitlines()
    check(len(lines) == 1, f"{len(lines)} lines on standard output, not 1: {done.stdout[:300]}")
    return json.loads(lines[0])


class Server:
    def __init__(self, data, *flags):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", str(data), *flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        check(line.startswith("fondaco ready http://"), f"serve said {line!r}")
        self.url = line.split()[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        _, self.err = self.process.communicate(timeout=60)
        self.code = self.process.returncode

    def get(self, path, body=None, headers=None):
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Scratch:
    """A directory that goes away, with one catalogue in it."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="fondaco-cli-"))
        self.data = self.path / "data"
        self.file = self.path / "shop.csv"
        self.file.write_text(CATALOGUE, encoding="utf-8")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def imports(self, *more):
        return ("import", "products", "--format", "shopify", "--merchant", "shop", *more,
                "--data", self.data)


# --- wrong usage ---------------------------------------------------------------------------------

def test_usage_is_2():
    with Scratch() as s:
        for arguments in ((), ("nonsense",), ("verify", "--nonsense"), ("import", "products"),
                          ("import", "products", "--format", "excel", "--merchant", "a", s.file,
                           "--data", s.data),
                          ("import", "products", "--format", "shopify", "--merchant", "a",
                           s.path / "missing.csv", "--data", s.data),
                          ("import", "products", "--format", "shopify", "--merchant", "a",
                           "--currency", "XYZ", s.file, "--data", s.data),
                          ("user", "create", "--email", "a@b.example", "--role", "king",
                           "--data", s.data)):
            done = run(*arguments)
            check(done.returncode == 2, f"{arguments}: exit {done.returncode}")
            check(done.stderr, f"{arguments}: no word of why")


def test_help_and_version_are_0():
    for arguments in (("--help",), ("serve", "--help"), ("--version",)):
        done = run(*arguments)
        check(done.returncode == 0 and done.stdout, f"{arguments}: exit {done.returncode}")


def test_documents_need_no_database():
    with Scratch() as s:
        for arguments in (("openapi",), ("openapi", "--events")):
            done = run(*arguments, cwd=s.path)
            check(done.returncode == 0, f"{arguments}: {done.stderr}")
            json.loads(done.stdout)
        check(not (s.path / "fondaco-data").exists(), "a data directory was made")


# --- without and with a server -------------------------------------------------------------------

def import_twice(s):
    """Imports, imports again, looks; what a server must not change."""
    first = expect(0, *s.imports(s.file))
    check(first["products"] == {"created": 2, "updated": 0, "unchanged": 0}, f"first: {first}")
    check(first["variants"]["created"] == 3 and first["errors"] == 0, f"first: {first}")
    again = expect(0, *s.imports(s.file))
    check(again["products"]["unchanged"] == 2 and again["variants"]["unchanged"] == 3,
          f"again: {again}")
    for key in ("rows", "images", "warnings", "errors", "error_file", "seconds", "dry_run"):
        check(key in again, f"the answer has no {key}")
    verified = expect(0, "verify", "--data", s.data)
    check(verified["ok"] and verified["differences"] == [], f"verify: {verified}")
    for key in ("orders", "stock_rows", "accounts"):
        check(key in verified["checked"], f"verify checks no {key}")
    check(verified["checked"]["stock_rows"] == 3, f"verify: {verified}")


def test_import_without_server():
    with Scratch() as s:
        import_twice(s)


def test_import_through_server():
    with Scratch() as s:
        with Server(s.data) as server:
            import_twice(s)
            status, text = server.get("/api/v1/products?sku=L-RED")
            check(status == 200 and len(json.loads(text)["data"]) == 1, f"{status} {text[:200]}")
        check(server.code == 0, f"serve ended with {server.code}: {server.err[-300:]}")


def test_new_merchant_is_said():
    with Scratch() as s:
        done = run(*s.imports("--currency", "USD", s.file), "--json")
        check("was created" in done.stderr and "USD" in done.stderr, done.stderr)
        again = run(*s.imports(s.file), "--json")
        check("was created" not in again.stderr, again.stderr)


def test_dry_run_keeps_nothing():
    with Scratch() as s:
        dry = expect(0, *s.imports("--dry-run", s.file))
        check(dry["dry_run"] and dry["products"]["created"] == 2, f"dry: {dry}")
        wet = expect(0, *s.imports(s.file))
        check(wet["products"]["created"] == 2, f"wet: {wet}")


def test_standard_input_and_relative_paths():
    with Scratch() as s:
        with Server(s.data):
            piped = expect(0, *s.imports("-"), stdin=CATALOGUE)
            check(piped["products"]["created"] == 2, f"piped: {piped}")
            relative = expect(0, "import", "products", "--format", "shopify", "--merchant", "shop",
                              "shop.csv", "--data", "data", cwd=s.path)
            check(relative["products"]["unchanged"] == 2, f"relative: {relative}")


def test_bad_rows_are_findings():
    with Scratch() as s:
        s.file.write_text(CATALOGUE + "bad,Bad,,,,,true,Title,Default Title,B-1,-5,1,shopify\n",
                          encoding="utf-8")
        done = expect(1, *s.imports(s.file))
        check(done["errors"] == 1 and pathlib.Path(done["error_file"]).exists(), f"{done}")
        check(done["products"]["created"] == 2, f"the good rows were not taken: {done}")


def test_export_gives_the_same_catalogue():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        out = run("export", "products", "--merchant", "shop", "--data", s.data)
        check(out.returncode == 0, out.stderr)
        rows = list(csv.DictReader(io.StringIO(out.stdout)))
        check(len(rows) == 3, f"{len(rows)} rows")
        again = expect(0, *s.imports("-"), stdin=out.stdout)
        check(again["products"]["created"] == 0 and again["variants"]["created"] == 0
              and again["errors"] == 0, f"again: {again}")
        expect(3, "export", "products", "--merchant", "nobody", s.path / "x.csv",
               "--data", s.data)


# --- users and tokens ----------------------------------------------------------------------------

def test_users_and_tokens():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        made = expect(0, "user", "create", "--email", "o@shop.example", "--role", "operator",
                      "--password-stdin", "--data", s.data, stdin="long enough for this\n")
        check(made["user"].startswith("per_") and "password" not in made, f"{made}")
        owner = expect(0, "user", "create", "--email", "m@shop.example", "--role",
                       "merchant:shop", "--data", s.data)
        check(len(owner["password"]) >= 12, f"{owner}")
        expect(3, "user", "create", "--email", "o@shop.example", "--role", "shopper",
               "--data", s.data)
        expect(3, "user", "create", "--email", "x@shop.example", "--role", "merchant:nobody",
               "--data", s.data)
        expect(3, "token", "create", "--user", "x@shop.example", "--scope", "orders.read",
               "--data", s.data)
        expect(3, "token", "create", "--user", "m@shop.example", "--scope", "no.such",
               "--data", s.data)
        with Server(s.data) as server:
            token = expect(0, "token", "create", "--user", "o@shop.example", "--scope",
                           "settings.read", "--data", s.data)["token"]
            bearer = {"Authorization": "Bearer " + token}
            check(server.get("/api/v1/settings", headers=bearer)[0] == 200, "token not taken")
            check(server.get("/api/v1/jobs", headers=bearer)[0] == 403, "scope not checked")
            check(server.get("/api/v1/settings")[0] == 401, "no token asked for")


# --- backup --------------------------------------------------------------------------------------

def test_backup_and_restore():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        with Server(s.data):
            made = expect(0, "backup", s.path / "sets", "--data", s.data)
            expect(0, "user", "create", "--email", "late@shop.example", "--role", "shopper",
                   "--data", s.data)
        into = s.path / "again"
        expect(0, "restore", made["path"], "--data", into)
        verified = expect(0, "verify", "--data", into)
        check(verified["checked"]["stock_rows"] == 3, f"{verified}")
        check(verified["checked"]["people"] == 0, f"{verified}")
        expect(3, "restore", made["path"], "--data", into)
        damaged = pathlib.Path(made["path"]) / "main.db"
        damaged.write_bytes(damaged.read_bytes()[:-1])
        answer = expect(3, "restore", made["path"], "--data", s.path / "third")
        check("bytes" in answer["error"]["message"], f"{answer}")
        check(not (s.path / "third").exists(), "something was written")


def test_doctor_and_migrate():
    with Scratch() as s:
        check(expect(0, "migrate", "--data", s.data)["schemas"]["storage"] >= 1, "no schema")
        healthy = expect(0, "doctor", "--data", s.data)
        check(healthy["ok"] and healthy["checks"], f"{healthy}")
        s.data.chmod(0o755)
        for file in s.data.glob("*.db"):
            file.chmod(0o644)
        open_house = expect(1, "doctor", "--data", s.data)
        bad = [c["name"] for c in open_house["checks"] if c["status"] != "good"]
        check("permissions main" in bad, f"{open_house}")


# --- the server itself ---------------------------------------------------------------------------

def test_serve_and_its_socket():
    with Scratch() as s:
        with Server(s.data) as server:
            check(stat.S_IMODE(s.data.stat().st_mode) == 0o700, "the directory is open to others")
            check((s.data / "control.sock").is_socket(), "there is no control socket")
            check(server.get("/readyz")[0] == 200, "not ready")
            check(server.get("/api/v1/test/clock", {"advance_seconds": 1})[0] == 404,
                  "the clock can be moved")
            second = run("serve", "--listen", "127.0.0.1:0", "--data", s.data)
            check(second.returncode == 4, f"a second server: exit {second.returncode}")
            expect(3, "restore", s.path, "--data", s.data)
        check(server.code == 0, f"serve ended with {server.code}")
        check(not (s.data / "control.sock").exists(), "the socket was left behind")


def test_dead_socket_is_no_server():
    with Scratch() as s:
        expect(0, "migrate", "--data", s.data)
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(s.data / "control.sock"))
        left.close()
        expect(0, "verify", "--data", s.data)


def test_clock_moves():
    with Scratch() as s:
        with Server(s.data, "--test-clock") as server:
            def move(body):
                return server.get("/api/v1/test/clock", body)
            status, text = move({"set": "2031-01-01T00:00:00Z"})
            check(status == 200 and json.loads(text)["now"].startswith("2031-01-01"), text)
            status, text = move({"advance_seconds": 86_400})
            check(status == 200 and json.loads(text)["now"].startswith("2031-01-02"), text)
            for body in ({"set": "2030-01-01T00:00:00Z"}, {"advance_seconds": -1}, {},
                         {"advance_seconds": 1, "set": "2032-01-01T00:00:00Z"}):
                check(move(body)[0] == 422, f"{body} was taken")


def test_configuration():
    with Scratch() as s:
        config = s.path / "fondaco.toml"
        config.write_text(f'data = "{s.data}"\n[serve]\nlisten = "127.0.0.1:0"\n',
                          encoding="utf-8")
        expect(0, "migrate", "--config", config)
        check((s.data / "main.db").exists(), "the file's directory was not used")
        config.write_text("dta = 1\n", encoding="utf-8")
        expect(2, "migrate", "--config", config)


def test_demo():
    with Scratch() as s:
        with Server(s.data, "--demo") as server:
            status, text = server.get("/api/v1/search?q=camera")
            check(status == 200 and json.loads(text)["total"] > 0, text[:200])
            before = expect(0, "verify", "--data", s.data)["checked"]
            check(before["merchants"] == 6 and before["offers"] >= 300, f"{before}")
        with Server(s.data, "--demo"):
            check(expect(0, "verify", "--data", s.data)["checked"] == before, "seeded twice")


def main():
    if not os.access(PROGRAM, os.X_OK):
        print(f"not ok program: {PROGRAM} is not there: make build")
        return 1
    failed = 0
    tests = [(name[5:], f) for name, f in globals().items() if name.startswith("test_")]
    for name, test in tests:
        try:
            test()
            print(f"ok {name}", flush=True)
        except (Failure, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as why:
            failed += 1
            print(f"not ok {name}: {' '.join(str(why).split())[:400]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

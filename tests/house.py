"""What the tests of the whole program share: a server on a throw-away directory, its command
line, HTTP, and TAP-like result lines (`ok NAME`, `not ok NAME: why`, `skip NAME: why`)."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("FONDACO_BINARY", ROOT / "build" / "release" / "fondaco"))
SHARED = pathlib.Path(os.environ.get("FONDACO_SHARED", ROOT.parent / "shared"))
SOAK = os.environ.get("FONDACO_SOAK") == "1"
PASSWORD = "correct horse battery staple"


class Failure(Exception):
    """What a test found wrong, in words."""


def check(condition, why):
    if not condition:
        raise Failure(why)


class Results:
    def __init__(self):
        self.failed = 0

    def run(self, name, test, *arguments):
        try:
            test(*arguments)
            print(f"ok {name}", flush=True)
        except Failure as failure:
            self.failed += 1
            print(f"not ok {name}: {' '.join(str(failure).split())}", flush=True)
        except Exception as error:  # A broken test fails too, with its trace in the log.
            traceback.print_exc()
            self.failed += 1
            print(f"not ok {name}: {type(error).__name__} {error}", flush=True)

    def skip(self, name, why):
        print(f"skip {name}: {why}", flush=True)

    def exit(self):
        sys.exit(1 if self.failed else 0)


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    def json(self):
        return json.loads(self.text)


class Client:
    """Keep-alive HTTP; one connection, opened again when the server has closed it."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def request(self, method, path, body=None, headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        headers = dict(headers or {})
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            fresh = self.connection.sock is None
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                return Answer(answer.status, answer.headers, text)
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    raise
        raise AssertionError("unreachable")


def run(*arguments, data=None, database=None, stdin=None, expect=(0,)):
    """A command with --json; its object, or the Failure that says what it answered instead."""
    where = ["--database", database] if database else ["--data", str(data)] if data else []
    done = subprocess.run([str(BINARY), *map(str, arguments), *where, "--json"],
                          capture_output=True, text=True, input=stdin, check=False)
    check(done.returncode in expect,
          f"{' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr[-600:]}")
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else {}


class House:
    """An installation in a directory of its own; serve() and stop() as often as one likes."""

    def __init__(self, *flags, database=None, base=None):
        self.base = pathlib.Path(base or tempfile.mkdtemp(prefix="fondaco-"))
        self.data = self.base / "data"
        self.flags, self.database = flags, database
        self.process, self.port = None, None
        self.log = open(self.base / "log", "ab")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        self.log.close()
        shutil.rmtree(self.base, ignore_errors=True)

    def serve(self, port=0):
        where = ["--database", self.database] if self.database else []
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--listen", f"127.0.0.1:{port}", "--data", str(self.data),
             *where, *self.flags], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        check(line.startswith("fondaco ready "),
              f"serve said {line!r} and {self.log_tail()}")
        self.port = int(line.strip().rsplit(":", 1)[1])
        return self

    def client(self):
        return Client(self.port)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process.stdout.close()
        check(code == 0, f"serve ended with {code}: {self.log_tail()}")

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.process.stdout.close()

    def log_tail(self):
        self.log.flush()
        return (self.base / "log").read_text(errors="replace")[-600:]

    def run(self, *arguments, stdin=None, expect=(0,)):
        # While a server runs, commands reach it by the directory's socket.
        if self.database:
            return run(*arguments, database=self.database, stdin=stdin, expect=expect)
        return run(*arguments, data=self.data, stdin=stdin, expect=expect)

    def user(self, email, role):
        self.run("user", "create", "--email", email, "--role", role, "--password-stdin",
                 stdin=PASSWORD + "\n")
        return self.run("token", "create", "--user", email, "--scope", "*")["token"]

    def goods(self, merchant, rows):
        """Imports (sku, price, stock) of a merchant through our own CSV."""
        lines = ["handle,title,sku,price,stock,status,tax class"]
        lines += [f"{sku.lower()},Thing {sku},{sku},{price},{stock},active,standard"
                  for sku, price, stock in rows]
        file = self.base / f"{merchant}.csv"
        file.write_text("\n".join(lines) + "\n")
        return self.run("import", "products", "--format", "fondaco", "--merchant", merchant,
                        "--currency", "EUR", file)

    def verify(self):
        found = self.run("verify", expect=(0, 1))
        check(found["ok"] and not found["differences"], f"verify: {found}")
        return found["checked"]


def express(lines, method="test", token="approve", **more):
    """The body of POST /checkouts/express; lines are (merchant, sku, quantity)."""
    return {"currency": "EUR", "email": "buyer@shop.example",
            "lines": [{"merchant": m, "sku": s, "quantity": n} for m, s, n in lines],
            "address": {"name": "Ada Buyer", "line1": "Street 1", "line2": None, "city": "Berlin",
                        "region": None, "postcode": "10115", "country": "DE"},
            "shipping": "standard", "payment": {"method": method, "token": token}, **more}


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def postgres():
    """URL of the tests' PostgreSQL server, or None."""
    return os.environ.get("FONDACO_TEST_PG") or None


def fresh_database(url, name):
    subprocess.run(["psql", url, "-qc", f"DROP DATABASE IF EXISTS {name}"], check=True)
    subprocess.run(["psql", url, "-qc",
                    f"CREATE DATABASE {name} LC_COLLATE 'C' TEMPLATE template0"], check=True)
    return url.rsplit("/", 1)[0] + "/" + name

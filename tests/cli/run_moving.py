#!/usr/bin/env python3
"""Moving in and out by the command line: other shops' formats, pictures, stock, customers, orders,
redirects, the feed, and everything out and in again. Prints TAP-like lines as run_cli.py does."""
import gzip
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run_cli import Failure, PROGRAM, ROOT, Scratch, Server, check, expect, run

SHARED = pathlib.Path(os.environ.get("FONDACO_SHARED", ROOT.parent / "shared"))
CATALOGUES = SHARED / "data" / "catalogues"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20
WOO = """ID,Type,SKU,Name,Published,In stock?,Stock,Regular price,Sale price,Categories,Images,\
Parent,Attribute 1 name,Attribute 1 value(s)
1,variable,TEE,Tee,1,1,,,,Clothing > Tees,,,Colour,"Red, Blue"
2,variation,TEE-R,Tee - Red,1,1,3,20,15,,,TEE,Colour,Red
3,external,EXT,Elsewhere,1,1,,9,,,,,,
4,simple,NEG,Negative,1,1,,-9,,,,,,
"""
ORDERS = """Name,Email,Financial Status,Currency,Subtotal,Shipping,Total,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name
#1001,ada@shop.example,paid,EUR,39.80,4.90,44.70,2024-01-02 03:04:05 +0100,2,Lamp,19.90,L-RED,Ada L
#1002,guest@shop.example,paid,EUR,49,0,49,2024-02-03,1,Chair,49,C-1,Some Guest
"""
CUSTOMERS = """Email,First Name,Last Name,Accepts Email Marketing,Consent Source,Default Address \
Address1,Default Address City,Default Address Country Code
ada@shop.example,Ada,Lovelace,yes,checkout,St James 12,London,GB
bob@shop.example,Bob,,yes,,,,
"""


class Pictures:
    """Serves what tests say on a port of this machine."""

    def __init__(self, answers):
        self.asked = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                status, body = answers.get(self.path, (404, b""))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Environment:
    def __init__(self, **values):
        self.values = values

    def __enter__(self):
        os.environ.update(self.values)

    def __exit__(self, *_):
        for name in self.values:
            os.environ.pop(name, None)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def imports(s, things, file, *more):
    return ("import", things, *more, file, "--data", s.data)


# --- formats -------------------------------------------------------------------------------------

def test_own_format_goes_out_and_in():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        out = s.path / "own.csv"
        made = expect(0, "export", "products", "--format", "fondaco", "--merchant", "shop", out,
                      "--data", s.data)
        check(made["products"] == 2 and made["variants"] == 3, f"{made}")
        own = ("--format", "fondaco", "--merchant")
        again = expect(0, *imports(s, "products", out, *own, "shop"))
        check(again["products"]["unchanged"] == 2 and again["variants"]["unchanged"] == 3,
              f"again: {again}")
        other = expect(0, *imports(s, "products", out, *own, "other"))
        check(other["variants"]["created"] == 3, f"other: {other}")
        run("export", "products", "--format", "fondaco", "--merchant", "other",
            s.path / "other.csv", "--data", s.data)
        check((s.path / "other.csv").read_text() == out.read_text(), "the exports differ")


def test_woocommerce():
    with Scratch() as s:
        file = write(s.path / "woo.csv", WOO)
        woo = ("--format", "woocommerce", "--merchant", "woo")
        dry = expect(1, *imports(s, "products", file, *woo, "--dry-run"))
        done = expect(1, *imports(s, "products", file, *woo))
        for answer in (dry, done):
            check(answer["rows"] == 4 and answer["errors"] == 1, f"{answer}")
            check(answer["products"]["created"] == 2, f"{answer}")
        again = expect(1, *imports(s, "products", file, *woo))
        check(again["products"]["unchanged"] == 2, f"{again}")
        expect(3, *imports(s, "products", s.file, *woo))


def test_real_files_through_a_server():
    if not CATALOGUES.is_dir():
        print("skip real_files: the shared data sets are not there (FONDACO_SHARED)")
        return "skipped"
    files = (("woocommerce", CATALOGUES / "woocommerce/sample_products.csv", 15, 22),
             ("google", CATALOGUES / "google-merchant/demo-store-42.xml", 42, 42),
             ("openfoodfacts", CATALOGUES / "openfoodfacts/uk_products.csv.gz", 5459, 5459))
    with Scratch() as s, Server(s.data):
        for name, file, products, variants in files:
            done = expect(0, *imports(s, "products", file, "--format", name, "--merchant", name))
            check(done["products"]["created"] == products, f"{name}: {done}")
            check(done["variants"]["created"] == variants, f"{name}: {done}")
            again = expect(0, *imports(s, "products", file, "--format", name, "--merchant", name))
            check(again["variants"]["unchanged"] == variants, f"{name} again: {again}")
        check(expect(0, "verify", "--data", s.data)["ok"], "verify found a difference")


# --- pictures ------------------------------------------------------------------------------------

def picture_catalogue(base):
    return ("handle,title,sku,price,image\n"
            f"good,Good,G,5,{base}/good.png\nlate,Late,L,5,{base}/late.png\n"
            f"text,Text,T,5,{base}/text\nfar,Far,F,5,{base}/far\n")


def test_pictures_are_fetched():
    answers = {"/good.png": (200, PNG), "/late.png": (503, b""), "/text": (200, b"only text"),
               "/far": (302, b"http://localhost/x.png")}
    with Scratch() as s, Pictures(answers) as far:
        file = write(s.path / "p.csv", picture_catalogue(far.url))
        own = ("--format", "fondaco", "--merchant", "shop", "--fetch-images")
        closed = expect(0, *imports(s, "products", file, *own[:4]))
        check("fetch_job" not in closed and not far.asked, "fetched without being asked to")
        with Environment(FONDACO_TEST_FETCH_PORT=str(far.port)):
            done = run(*imports(s, "products", file, *own))
            check(done.returncode == 0, done.stderr)
            check('"fetched":1,"refused":2,"left":1' in done.stderr, done.stderr)
            answers["/late.png"] = (200, PNG + b"2")
            with Server(s.data) as server:
                done = expect(0, *imports(s, "products", file, *own))
                check(done["fetch_job"].startswith("job_"), f"{done}")
                page = json.loads(server.get("/api/v1/products?handle=good")[1])
                product = page["data"][0]["id"]
                with urllib.request.urlopen(server.url + "/media/pictures/" + product) as got:
                    check(got.headers["Content-Type"] == "image/png", str(got.headers))
                    check(got.read() == PNG, "another picture")
                check("/media/pictures/" + product in server.get("/p/" + product + "/good")[1],
                      "the page does not show it")
        check(far.asked.count("/good.png") == 1, "fetched twice")


def test_pictures_of_this_machine_are_not_fetched():
    with Scratch() as s, Pictures({"/good.png": (200, PNG)}) as near:
        file = write(s.path / "p.csv", picture_catalogue(near.url))
        done = run(*imports(s, "products", file, "--format", "fondaco", "--merchant", "shop",
                            "--fetch-images"))
        check('"fetched":0,"refused":4,"left":0' in done.stderr, done.stderr)
        check(not near.asked, "this machine was asked")


# --- tables --------------------------------------------------------------------------------------

def moved_in(s):
    """A shop with everything that a moving merchant brings; what each import answered."""
    stock = write(s.path / "stock.csv", "SKU,Location,On hand (new)\nL-RED,Shop floor,4\n"
                                        "C-1,Shop floor,0\nNONE,Shop floor,1\n")
    redirects = write(s.path / "redirects.csv", "Redirect from,Redirect to\n"
                                                "/products/old-lamp,/products/lamp\n")
    gz = s.path / "customers.csv.gz"
    gz.write_bytes(gzip.compress(CUSTOMERS.encode()))
    shop = ("--merchant", "shop")
    expect(0, *s.imports(s.file))
    expect(1, *imports(s, "stock", stock, *shop))
    return {"stock": expect(1, *imports(s, "stock", stock, *shop, "--create-places")),
            "customers": expect(0, *imports(s, "customers", gz)),
            "orders": expect(0, *imports(s, "orders", write(s.path / "orders.csv", ORDERS),
                                         *shop)),
            "redirects": expect(0, *imports(s, "redirects", redirects, *shop))}


def check_moved_in(s):
    done = moved_in(s)
    check(done["stock"]["stock"]["created"] == 2 and done["stock"]["places_created"] == 1
          and done["stock"]["errors"] == 1, f"{done['stock']}")
    check(done["customers"]["customers"]["created"] == 2 and done["customers"]["consents"] == 1
          and done["customers"]["consents_unproven"] == 1, f"{done['customers']}")
    check(done["orders"]["orders"]["created"] == 2, f"{done['orders']}")
    check(done["redirects"]["redirects"]["created"] == 1, f"{done['redirects']}")
    check(expect(0, "verify", "--data", s.data)["ok"], "verify found a difference")
    for report in (s.data / "imports").glob("*"):
        check("example" not in report.read_text(), f"{report} repeats personal data")


def test_tables_without_server():
    with Scratch() as s:
        check_moved_in(s)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_tables_through_server():
    with Scratch() as s, Server(s.data) as server:
        check_moved_in(s)
        try:
            urllib.request.build_opener(Stay).open(server.url + "/products/old-lamp?ref=1")
            raise Failure("the old address is no redirect")
        except urllib.error.HTTPError as moved:
            check(moved.code == 301, f"status {moved.code}")
            check(moved.headers["Location"].endswith("/lamp"), moved.headers["Location"])
        check(server.get("/products/new-lamp")[0] == 404, "an unknown address is a page")
        check(server.get("/api/v1/nothing")[0] == 404, "an unknown route answers")


def test_table_usage():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        expect(2, *imports(s, "stock", s.path / "missing.csv", "--merchant", "shop"))
        expect(3, *imports(s, "stock", s.file, "--merchant", "nobody"))
        expect(3, *imports(s, "stock", s.file, "--merchant", "shop"))
        expect(3, *imports(s, "customers", s.file))
        dry = expect(0, *imports(s, "customers", "-", "--dry-run"), stdin=CUSTOMERS)
        check(dry["dry_run"] and dry["customers"]["created"] == 2, f"{dry}")
        check(expect(0, "verify", "--data", s.data)["checked"]["people"] == 0, "a person was kept")


# --- the feed ------------------------------------------------------------------------------------

def test_feed():
    with Scratch() as s:
        expect(0, *s.imports(s.file))
        feed = s.path / "feed.xml"
        expect(2, "export", "feed", "--merchant", "shop", feed, "--data", s.data)
        made = expect(0, "export", "feed", "--format", "google", "--merchant", "shop",
                      "--base-url", "https://shop.example", feed, "--data", s.data)
        check(made["items"] == 3, f"{made}")
        there = expect(0, *imports(s, "products", feed, "--format", "google", "--merchant",
                                   "there"))
        check(there["variants"]["created"] == 3 and there["errors"] == 0, f"{there}")
        with Server(s.data) as server:
            request = urllib.request.Request(server.url + "/feeds/shop/google.xml")
            with urllib.request.urlopen(request) as got:
                tag = got.headers["ETag"]
                check("application/xml" in got.headers["Content-Type"], str(got.headers))
                check(got.read().count(b"<item>") == 3, "other items")
            request.add_header("If-None-Match", tag)
            try:
                urllib.request.urlopen(request)
                raise Failure("the same feed was sent again")
            except urllib.error.HTTPError as same:
                check(same.code == 304, f"status {same.code}")
            check(server.get("/feeds/nobody/google.xml")[0] == 404, "a feed of nobody")


# --- everything ----------------------------------------------------------------------------------

def files_of(directory):
    """Content by name; times and ids are each installation's own."""
    out = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            out[str(path.relative_to(directory))] = path.read_text(encoding="utf-8")
    return out


def test_everything_out_and_in():
    with Scratch() as s:
        moved_in(s)
        first, second = s.path / "first", s.path / "second"
        with Server(s.data):
            made = expect(0, "export", "all", first, "--data", s.data)
        check(made["files"] == 8, f"{made}")
        expect(3, "export", "all", first, "--data", s.data)
        manifest = json.loads((first / "manifest.json").read_text())
        check({f["name"] for f in manifest["files"]} == set(files_of(first)), f"{manifest}")
        check(oct(first.stat().st_mode & 0o777) == "0o700", "others may read it")
        other = s.path / "other"
        there = expect(0, "import", "all", first, "--data", other)
        check(there["merchants"] == 1 and there["products"] == 2 and there["customers"] == 2
              and there["orders"] == 2, f"{there}")
        check(expect(0, "verify", "--data", other)["ok"], "verify found a difference")
        expect(0, "export", "all", second, "--data", other)
        one, two = files_of(first), files_of(second)
        check(one.keys() == two.keys(), f"{one.keys()} and {two.keys()}")
        for name in one:
            same = one[name] == two[name]
            if name == "customers.csv":  # In order of id, which each installation draws.
                same = sorted(one[name].splitlines()) == sorted(two[name].splitlines())
            check(same, f"{name} differs: {one[name][:150]!r} and {two[name][:150]!r}")
        expect(3, "import", "all", first, "--data", other)
        with open(first / "customers.csv", "a", encoding="utf-8") as damaged:
            damaged.write("x")
        expect(3, "import", "all", first, "--data", s.path / "third")
        expect(3, "import", "all", s.path, "--data", s.path / "third")


def test_demo_out_and_in():
    with Scratch() as s:
        with Server(s.data, "--demo"):
            pass
        first, second, other = s.path / "first", s.path / "second", s.path / "other"
        expect(0, "export", "all", first, "--data", s.data)
        there = expect(0, "import", "all", first, "--data", other)
        check(there["merchants"] == 6 and there["errors"] == 0, f"{there}")
        expect(0, "export", "all", second, "--data", other)
        one, two = files_of(first), files_of(second)
        for name in one:
            if name != "customers.csv":
                check(one[name] == two.get(name), f"{name} differs")
        with open(second / "merchants.jsonl", encoding="utf-8") as lines:
            check(len(list(lines)) == 6, "other merchants")


# --- a long file ---------------------------------------------------------------------------------

def long_file(out, rows):
    """Five variants a product; every thousandth row is broken in one of the hostile ways."""
    hostile = ('p{0},,Size,{0},S{0},-5,1\n', 'p{0},,Size,{0},S{0},5 XXQ,1\n',
               'p{0},"un"closed,Size,{0},S{0},5,1\n', 'p{0},,Size\n',
               'p{0},=cmd(),Size,{0},S{0},5,lots\n')
    out.write(b"handle,title,option1 name,option1 value,sku,price,stock\n")
    lines = []
    for n in range(rows):
        if n % 1000 == 999:
            lines.append(hostile[n // 1000 % len(hostile)].format(n))
        else:
            title = "=1+1" if n % 7 == 0 else f"Product {n // 5}"
            lines.append(f"h{n // 5},{title},Size,{n % 5},S{n},5.00,3\n")
        if len(lines) == 20000:
            out.write("".join(lines).encode())
            lines.clear()
    out.write("".join(lines).encode())
    out.close()


def test_soak_ten_million_rows_in_bounded_memory():
    rows = int(os.environ.get("FONDACO_SOAK_ROWS", "10000000"))
    if os.environ.get("FONDACO_SOAK") != "1":
        print("skip soak_ten_million_rows: only in make soak (FONDACO_SOAK)")
        return "skipped"
    most_kb = 400 * 1024
    with Scratch() as s:
        command = [PROGRAM, *s.imports("-"), "--json"]
        command[command.index("shopify")] = "fondaco"
        with subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
            long_file(program.stdin, rows)
            answer = json.loads(program.stdout.read().splitlines()[-1])
            _, status, usage = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
        check(program.returncode == 1, f"exit {program.returncode}")
        check(answer["rows"] == rows and answer["errors"] == rows // 1000, f"{answer}")
        check(answer["variants"]["created"] == rows - rows // 1000, f"{answer}")
        check(usage.ru_maxrss <= most_kb, f"{usage.ru_maxrss} KB resident, at most {most_kb}")
        print(f"# {rows} rows, {usage.ru_maxrss} KB resident, {answer['seconds']:.0f} s")


def main():
    if not os.access(PROGRAM, os.X_OK):
        print(f"not ok program: {PROGRAM} is not there: make build")
        return 1
    failed = 0
    tests = [(name[5:], f) for name, f in globals().items() if name.startswith("test_")]
    for name, test in tests:
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        try:
            if test() != "skipped":
                print(f"ok {name}", flush=True)
        except Exception as why:  # Whatever it is, the others shall run.
            failed += 1
            print(f"not ok {name}: {' '.join(str(why).split())[:600]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

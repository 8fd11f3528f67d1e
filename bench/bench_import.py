#!/usr/bin/env python3
"""Import: the bicycle shop under new handles until there are VARIANTS of them (default 1 M), all
durable, beside a bare loop of one prepared INSERT per row and a commit per 5,000; then the start
of a server on what was imported."""
import csv
import gzip
import os
import pathlib
import resource
import sqlite3
import subprocess
import sys
import time

import bench_lib as lib

SHARED = pathlib.Path(os.environ.get("FONDACO_SHARED", lib.ROOT.parent / "shared"))
SOURCE = SHARED / "data/catalogues/shopify/bicycle-shop.csv.gz"


def write_copies(path, variants):
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    header, rows = rows[0], rows[1:]
    handle, sku = header.index("Handle"), header.index("Variant SKU")
    price = header.index("Variant Price")
    per_copy = sum(1 for row in rows if row[price])
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for copy in range(-(-variants // per_copy)):
            for row in rows:
                changed = list(row)
                changed[handle] = f"{row[handle]}-{copy}"
                if row[sku]:
                    changed[sku] = f"{row[sku]}-{copy}"
                writer.writerow(changed)


def bare_loop(path, rows=300_000):
    """Rows of the size of a variant with a key and one index, as a program would write them."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, owner INTEGER, sku TEXT, body TEXT)")
    db.execute("CREATE INDEX v_sku ON v (owner, sku)")
    body, begin = "x" * 500, time.monotonic()
    for first in range(0, rows, 5000):
        db.execute("BEGIN")
        db.executemany("INSERT INTO v VALUES (?, 1, ?, ?)",
                       ((n, f"SKU-{n}", body) for n in range(first, first + 5000)))
        db.execute("COMMIT")
    db.close()
    return rows / (time.monotonic() - begin)


def start_empty():
    with lib.Scratch() as scratch:
        lib.Server(scratch / "data").stop()  # The first start makes the tables.
        begin = time.monotonic()
        server = lib.Server(scratch / "data")
        lib.record("start", "ready, empty", (time.monotonic() - begin) * 1000, 100, "ms")
        print(f"{'':10} resident {lib.resident_mb(server.pid):.0f} MB at rest")
        server.stop()
    return 0


def main():
    if not SOURCE.exists():
        print(f"import: not run, {SOURCE} is not there (FONDACO_SHARED names the directory)")
        return start_empty()
    variants = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with lib.Scratch() as scratch:
        ceiling = bare_loop(scratch / "bare.db")
        write_copies(scratch / "big.csv.gz", variants)
        begin = time.monotonic()
        process = subprocess.Popen([str(lib.BINARY), "import", "products", "--format", "shopify",
                                    "--merchant", "bikes", "--currency", "USD", "--data",
                                    str(scratch / "data"), "--json", str(scratch / "big.csv.gz")],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out, _ = process.communicate()
        took = time.monotonic() - begin
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{'':10} {out.decode().strip()[:300]}")
        lib.record("import", f"{variants} variants", variants / took, ceiling, "variants/s")
        print(f"{'':10} {took:.1f} s, peak {peak:.0f} MB resident (largest child of this run)")
        begin = time.monotonic()
        server = lib.Server(scratch / "data")
        ready = time.monotonic() - begin
        lib.record("start", f"ready with {variants} variants", ready * 1000, 3000, "ms")
        print(f"{'':10} resident {lib.resident_mb(server.pid):.0f} MB when ready")
        begin = time.monotonic()
        while '"stale":true' in server.get("/api/v1/search?q=bike&limit=1")[1]:
            time.sleep(0.25)
        print(f"{'':10} search caught up after {time.monotonic() - begin:.1f} s, "
              f"{lib.resident_mb(server.pid):.0f} MB resident")
        server.stop()
    return start_empty()


if __name__ == "__main__":
    sys.exit(main())

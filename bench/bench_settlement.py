#!/usr/bin/env python3
"""Settlement: 100,000 orders released, taxed, put into statements and paid out (CPU seconds), and
the first page of a statement behind which a million postings lie. The program is orders_test of a
release build with tests: cmake --preset release -DFONDACO_TESTS=ON; ninja orders_test."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import bench_lib as lib

PROGRAM = pathlib.Path(os.environ.get(
    "FONDACO_ORDERS_TEST", lib.ROOT / "build" / "release" / "src" / "orders" / "orders_test"))
MOST_CPU, MOST_MS = 10.0, 50.0


def main():
    if not PROGRAM.exists():
        print(f"skip settlement: there is no {PROGRAM}")
        return
    with tempfile.NamedTemporaryFile(suffix=".xml") as out:
        subprocess.run([str(PROGRAM), "--gtest_filter=*SettlementBench*",
                        f"--gtest_output=xml:{out.name}"], capture_output=True, check=True,
                       env=dict(os.environ, FONDACO_BENCH="1"))
        figures = out.read().decode()
    cpu = int(re.search(r'cpu_ms" value="(\d+)', figures)[1]) / 1000
    page = int(re.search(r'first_page_us" value="(\d+)', figures)[1]) / 1000
    print(f"settlement: 100,000 orders in {cpu:.2f} s CPU (bar {MOST_CPU:.0f}); statement of "
          f"1,000,000 postings: first page in {page:.2f} ms, worst of 20 (bar {MOST_MS:.0f})")
    sys.exit(0 if cpu <= MOST_CPU and page <= MOST_MS else 1)


main()

#!/usr/bin/env python3
"""Browse: product JSON and product page of the demo, beside a bare Beast server with bodies of
200 B and 10 KB in the same run (the ceiling nearest to the body's size is taken)."""
import json
import sys

import bench_lib as lib

CONNECTIONS, SECONDS = 64, 4


def main():
    with lib.Scratch() as scratch:
        ceilings = {"small": lib.bare_http(scratch, "/small", CONNECTIONS, 10.6),
                    "big": lib.bare_http(scratch, "/big", CONNECTIONS, 14.6)}
        server = lib.Server(scratch / "data", "--demo")
        try:
            _, text = server.get("/api/v1/products?limit=50")
            products = json.loads(text)["data"]
            for name, paths, ceiling in (
                    ("product JSON", [f"/api/v1/products/{p['id']}" for p in products], "small"),
                    ("product page", [f"/p/{p['id']}/{p['handle']}" for p in products], "big"),
                    ("search JSON", ["/api/v1/search?q=lamp&limit=20"], "big")):
                file = scratch / "browse.req"
                lib.write_requests(file, [lib.raw_request("GET", p, b"", {}) for p in paths])
                lib.load(server.port, file, CONNECTIONS, 1)
                result = lib.measured(server.pid, lambda: lib.load(server.port, file, CONNECTIONS,
                                                                   SECONDS))
                lib.record("browse", name, result["per_second"], ceilings[ceiling], "answers/s")
                print(f"{'':10} {'':34} p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms, "
                      f"server CPU {result['server_cpu_us']:.0f} µs, {result['status']}",
                      flush=True)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

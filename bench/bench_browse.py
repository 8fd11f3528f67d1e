#!/usr/bin/env python3
"""Browse: product JSON and product page of the demo, beside a bare Beast server with bodies of
200 B and 10 KB in the same run (the ceiling nearest to the body's size is taken)."""
import json
import subprocess
import sys

import bench_lib as lib

CONNECTIONS, SECONDS = 64, 4


def bare(scratch, path):
    program = lib.compiled("ceiling/beast_coro.cc")
    port = lib.free_port()
    server = subprocess.Popen([str(program), str(port), "1"])
    lib.wait_port(port, server)
    lib.write_requests(scratch / "bare.req", [lib.raw_request("GET", path, b"", {})])
    result = lib.load(port, scratch / "bare.req", CONNECTIONS, SECONDS)
    server.kill()
    server.wait()
    return result["per_second"]


def main():
    with lib.Scratch() as scratch:
        ceilings = {"small": bare(scratch, "/small"), "big": bare(scratch, "/big")}
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

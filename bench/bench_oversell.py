#!/usr/bin/env python3
"""The rush: 50,000 buyers for 1,000 units on 512 connections. Exactly 1,000 orders, all others
sold_out, verify silent; refusals beside the bare HTTP ceiling of the same run."""
import json
import subprocess
import sys

import bench_lib as lib

BUYERS, UNITS, CONNECTIONS = 50_000, 1_000, 512


def ceiling(scratch):
    program = lib.compiled("ceiling/beast_coro.cc")
    port = lib.free_port()
    server = subprocess.Popen([str(program), str(port), "1"])
    lib.wait_port(port, server)
    path = scratch / "bare.req"
    lib.write_requests(path, [lib.raw_request("GET", "/small", b"", {})])
    result = lib.load(port, path, CONNECTIONS, 4)
    server.kill()
    server.wait()
    return result["per_second"]


def rush(server, scratch, name):
    body = json.dumps({"currency": "EUR", "email": "buyer@shop.example",
                       "lines": [{"sku": "RARE", "merchant": "bench", "quantity": 1}],
                       "address": {"name": "A", "line1": "Street 1", "city": "Berlin",
                                   "country": "DE"},
                       "shipping": "standard",
                       "payment": {"method": "test", "token": "approve"}}).encode()
    path = scratch / "rush.req"
    lib.write_requests(path, [lib.raw_request(
        "POST", "/api/v1/checkouts/express", body,
        {"Content-Type": "application/json", "Idempotency-Key": lib.KEY_MARKER})])
    result = lib.measured(server.pid, lambda: lib.load(server.port, path, CONNECTIONS, 120, BUYERS))
    print(f"{'':10} {name}: {result['status']}, p99 {result['p99_ms']} ms, server CPU "
          f"{result['server_cpu_us']:.0f} µs per answer", flush=True)
    return result


def main():
    with lib.Scratch() as scratch:
        bare = ceiling(scratch)
        (scratch / "rare.csv").write_text("handle,title,sku,price,stock,status\n"
                                          f"rare,Rare thing,RARE,99.00,{UNITS},active\n")
        data = scratch / "data"
        lib.command("import", "products", "--format", "fondaco", "--merchant", "bench",
                    str(scratch / "rare.csv"), "--currency", "EUR", data=data)
        server = lib.Server(data, "--test-payments")
        try:
            first = rush(server, scratch, "rush")
            again = rush(server, scratch, "after the rush")  # Only refusals are left.
        finally:
            server.stop()
        verified = lib.command("verify", data=data)
        sold = first["status"].get("201", 0)
        others = set(first["status"]) - {"201", "409"}
        print(f"{'':10} sold {sold} of {UNITS}, other statuses {sorted(others)}, verify "
              f"{verified['ok']} {verified['checked']}")
        lib.record("oversell", "refusals, 512 connections", again["per_second"], bare, "answers/s")
        good = sold == UNITS and not others and verified["ok"]
        return 0 if good and verified["checked"]["orders"] == UNITS else 1


if __name__ == "__main__":
    sys.exit(main())

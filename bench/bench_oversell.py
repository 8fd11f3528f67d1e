#!/usr/bin/env python3
"""The rush: 50,000 buyers for 1,000 units on 512 connections. Exactly 1,000 orders, all others
sold_out, verify silent; refusals beside the bare HTTP ceiling of the same run. Then the same with
kill -9 in the middle, and with two processes on one PostgreSQL."""
import json
import subprocess
import sys
import time

import bench_lib as lib

BUYERS, UNITS, CONNECTIONS = 50_000, 1_000, 512


def express():
    body = json.dumps({"currency": "EUR", "email": "buyer@shop.example",
                       "lines": [{"sku": "RARE", "merchant": "bench", "quantity": 1}],
                       "address": {"name": "A", "line1": "Street 1", "city": "Berlin",
                                   "country": "DE"},
                       "shipping": "standard",
                       "payment": {"method": "test", "token": "approve"}}).encode()
    return lib.raw_request("POST", "/api/v1/checkouts/express", body,
                           {"Content-Type": "application/json",
                            "Idempotency-Key": lib.KEY_MARKER})


def goods(scratch, where):
    (scratch / "rare.csv").write_text("handle,title,sku,price,stock,status\n"
                                      f"rare,Rare thing,RARE,99.00,{UNITS},active\n")
    lib.command("import", "products", "--format", "fondaco", "--merchant", "bench",
                str(scratch / "rare.csv"), "--currency", "EUR", **where)
    lib.write_requests(scratch / "rush.req", [express()])


def rush(server, scratch, name, buyers=BUYERS, connections=CONNECTIONS):
    path = scratch / "rush.req"
    result = lib.measured(server.pid, lambda: lib.load(server.port, path, connections, 120, buyers))
    print(f"{'':10} {name}: {result['status']}, {result['per_second']:.0f} answers/s, p99 "
          f"{result['p99_ms']} ms, server CPU {result['server_cpu_us']:.0f} µs per answer",
          flush=True)
    return result


def good(name, where, statuses, sold=None):
    """No answer but 201 and 409, as many orders as units, and verify finds nothing."""
    others = set(statuses) - {"201", "409"}
    verified = lib.command("verify", **where)
    stored = verified["checked"]["orders"]
    print(f"{'':10} {name}: {stored} orders of {UNITS} units, other statuses {sorted(others)}, "
          f"verify {verified['ok']}", flush=True)
    return (verified["ok"] and stored == UNITS and not others and sold in (None, UNITS))


def one_process(scratch, bare):
    where = {"data": scratch / "data"}
    goods(scratch, where)
    server = lib.Server(scratch / "data", "--test-payments")
    try:
        first = rush(server, scratch, "rush")
        again = rush(server, scratch, "after the rush")  # Only refusals are left.
    finally:
        server.stop()
    lib.record("oversell", "refusals, 512 connections", again["per_second"], bare, "answers/s")
    return good("one process", where, {**first["status"], **again["status"]},
                first["status"].get("201", 0))


def killed(scratch):
    """kill -9 in the middle; then all buyers come again."""
    where = {"data": scratch / "killed"}
    goods(scratch, where)
    server = lib.Server(scratch / "killed", "--test-payments")
    load = lib.start_load(server.port, scratch / "rush.req", CONNECTIONS, 120, BUYERS)
    time.sleep(0.15)
    server.stop(kill=True)
    load.communicate()
    server = lib.Server(scratch / "killed", "--test-payments")
    try:
        result = rush(server, scratch, "after kill -9")
    finally:
        server.stop()
    return good("kill -9", where, result["status"])


def two_processes(scratch, url):
    subprocess.run(["psql", url, "-qc", "CREATE DATABASE rush LC_COLLATE 'C' TEMPLATE template0"],
                   check=True)
    where = {"database": url.rsplit("/", 1)[0] + "/rush"}
    goods(scratch, where)
    servers = [lib.Server(scratch / f"pg{n}", "--test-payments", **where) for n in (1, 2)]
    try:
        loads = [lib.start_load(s.port, scratch / "rush.req", CONNECTIONS // 2, 120, BUYERS // 2)
                 for s in servers]
        statuses, sold = {}, 0
        for load in loads:
            result = json.loads(load.communicate()[0])
            statuses |= result["status"]
            sold += result["status"].get("201", 0)
            print(f"{'':10} one of two processes: {result['status']}, "
                  f"{result['per_second']:.0f} answers/s, p99 {result['p99_ms']} ms", flush=True)
    finally:
        for server in servers:
            server.stop()
    return good("two processes on PostgreSQL", where, statuses, sold)


def main():
    with lib.Scratch() as scratch:
        bare = lib.bare_http(scratch, "/small", CONNECTIONS, 10.6)
        results = [one_process(scratch, bare), killed(scratch)]
        with lib.Postgres() as url:
            results.append(two_processes(scratch, url))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

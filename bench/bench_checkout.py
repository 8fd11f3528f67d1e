#!/usr/bin/env python3
"""Checkout: express, two lines, 100,000 SKUs, a new key each; by wallet and by the test provider;
on SQLite and PostgreSQL; beside e2e.cc (store best) and pg_orders (unnest) in the same run."""
import csv
import json
import random
import re
import signal
import subprocess
import sys
import time

import bench_lib as lib

SKUS = 100_000
BUYERS = 64
SECONDS = 5
SEED = 42


def write_catalogue(path):
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["handle", "title", "option1 name", "option1 value", "sku", "price",
                         "stock", "status", "tax class"])
        for n in range(SKUS):
            product, variant = divmod(n, 10)
            writer.writerow([f"thing-{product}", f"Thing {product}", "Size", str(variant), f"S-{n}",
                             f"{10 + n % 90}.{n % 100:02}", 1_000_000, "active", "standard"])


def sku(rng):
    return f"S-{rng.randrange(1000) if rng.random() < 0.5 else rng.randrange(SKUS)}"


def bodies(rng, method, tokens):
    for n in range(4096):
        first, second = sku(rng), sku(rng)
        body = {"currency": "EUR", "email": f"buyer{n % BUYERS}@shop.example",
                "lines": [{"sku": first, "merchant": "bench", "quantity": 1},
                          {"sku": second, "merchant": "bench", "quantity": 2}],
                "address": {"name": "Zhang Wei", "line1": "969 West Wen Yi Road", "line2": None,
                            "city": "Hangzhou", "region": None, "postcode": "311121",
                            "country": "CN"},
                "shipping": "standard",
                "payment": {"method": method, "token": "approve"}}
        headers = {"Content-Type": "application/json", "Idempotency-Key": lib.KEY_MARKER}
        if method == "wallet":
            headers["Authorization"] = f"Bearer {tokens[n % BUYERS]}"
        yield lib.raw_request("POST", "/api/v1/checkouts/express", json.dumps(body).encode(),
                              headers)


def set_up_buyers(server, where):
    """Shoppers with a wallet each, made through the command line and the operator's API."""
    lib.command("user", "create", "--email", "root@bench.example", "--role", "operator",
                "--password-stdin", stdin="correct horse battery staple\n", **where)
    operator = lib.command("token", "create", "--user", "root@bench.example", "--scope", "*",
                           **where)["token"]
    tokens = []
    for n in range(BUYERS):
        email = f"buyer{n}@shop.example"
        lib.command("user", "create", "--email", email, "--role", "shopper", "--password-stdin",
                    stdin="correct horse battery staple\n", **where)
        token = lib.command("token", "create", "--user", email, "--scope", "*", **where)["token"]
        tokens.append(token)
        status, me = server.get("/api/v1/me", {"Authorization": f"Bearer {token}"})
        assert status == 200, me
        person = json.loads(me)["id"]
        status, text = server.request(
            "POST", f"/api/v1/wallets/{person}/fundings",
            {"amount": {"amount": 100_000_000_000, "currency": "EUR"}},
            {"Authorization": f"Bearer {operator}", "Idempotency-Key": f"fund-{n}"})
        assert status in (200, 201), text
    return tokens


def ceiling_sqlite(scratch, connections):
    program = lib.compiled("ceiling/e2e.cc", "-lsqlite3")
    rng = random.Random(SEED)
    requests = []
    for _ in range(4096):
        body = json.dumps({"customer": rng.randrange(200_000), "merchant": rng.randrange(1, 1000),
                           "channel": "web", "currency": "CNY", "idempotency_key": lib.KEY_MARKER,
                           "lines": [{"sku": 1 + int(sku(rng)[2:]), "qty": 1, "price": 1999},
                                     {"sku": 1 + int(sku(rng)[2:]), "qty": 2, "price": 2999}],
                           "ship": {"name": "Zhang Wei", "street": "969 West Wen Yi Road",
                                    "city": "Hangzhou", "zip": "311121", "country": "CN"},
                           "terms": True}).encode()
        requests.append(lib.raw_request("POST", "/checkout", body,
                                        {"Content-Type": "application/json"}))
    lib.write_requests(scratch / "ceiling.req", requests)
    port = lib.free_port()
    server = subprocess.Popen([str(program), str(port), str(scratch / "e2e.db"), "best", "1024",
                               "FULL"], stdout=subprocess.PIPE, text=True)
    lib.wait_port(port, server)
    time.sleep(1.5)
    result = lib.measured(server.pid, lambda: lib.load(port, scratch / "ceiling.req", connections,
                                                       SECONDS))
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=60)
    return result


def ceiling_postgres(url):
    program = lib.compiled("ceiling/pg_orders.cc", "-lpq")
    subprocess.run([str(program), url, "init"], check=True, capture_output=True)
    done = subprocess.run([str(program), url, "unnest", "256", "1", str(SECONDS)], check=True,
                          capture_output=True, text=True)
    rate = float(re.search(r"([\d.]+) orders/s", done.stdout)[1])
    # limits.md gives CPU at batch 64 only: a little more than at 256.
    backend = float(re.search(r"backend CPU +([\d.]+)", done.stdout)[1])
    lib.show_ceiling("pg_orders unnest, batch 256", rate, backend, 71)
    return rate


def run_product(engine, scratch, where, ceilings, quick):
    write_catalogue(scratch / "catalogue.csv")
    lib.command("import", "products", "--format", "fondaco", "--merchant", "bench",
                str(scratch / "catalogue.csv"), "--currency", "EUR", **where)
    server = lib.Server(scratch / "data", "--test-payments", **(
        {"database": where["database"]} if "database" in where else {}))
    try:
        tokens = set_up_buyers(server, where)
        for method in ("wallet", "test"):
            path = scratch / f"{method}.req"
            lib.write_requests(path, bodies(random.Random(SEED), method, tokens))
            lib.load(server.port, path, 64, 2)  # Warm: caches and pages.
            for connections in ((256,) if quick else (64, 256)):
                result = lib.measured(server.pid,
                                      lambda: lib.load(server.port, path, connections, SECONDS))
                good = result["status"].get("201", 0) / max(1, result["answers"])
                if good < 1:  # Refusals are cheap: a figure with them in it would be a lie.
                    print(f"  only {good:.1%} were 201, nothing recorded: {result['samples']}",
                          file=sys.stderr)
                    return 1
                name = f"{engine} {method} {connections} connections"
                lib.record("checkout", name, result["per_second"], ceilings[connections],
                           "orders/s")
                print(f"{'':10} {'':34} p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms, "
                      f"server CPU {result['server_cpu_us']:.0f} µs, "
                      f"{result['server_kb']:.1f} KB written per order", flush=True)
    finally:
        server.stop()
    verified = lib.command("verify", **where)
    print(f"{'':10} verify: ok {verified['ok']}, {verified['checked']}", flush=True)
    return 0 if verified["ok"] else 1


def main():
    quick = "--quick" in sys.argv
    engines = [a for a in sys.argv[1:] if not a.startswith("-")] or ["sqlite", "postgres"]
    failed = 0
    if "sqlite" in engines:
        with lib.Scratch() as scratch:
            ceilings = {}
            for connections in (64, 256):
                ceiling = ceiling_sqlite(scratch, connections)
                ceilings[connections] = ceiling["per_second"]
                lib.show_ceiling(f"e2e best, {connections} connections", ceiling["per_second"],
                                 ceiling["server_cpu_us"], 116,
                                 f", p99 {ceiling['p99_ms']} ms, {ceiling['server_kb']:.1f} KB")
            failed += run_product("sqlite", scratch, {"data": scratch / "data"}, ceilings, quick)
    if "postgres" in engines:
        with lib.Postgres() as url, lib.Scratch() as scratch:
            ceiling = ceiling_postgres(url)
            subprocess.run(["psql", url, "-qc", "CREATE DATABASE bench LC_COLLATE 'C' "
                            "TEMPLATE template0"], check=True)
            database = url.rsplit("/", 1)[0] + "/bench"
            failed += run_product("postgres", scratch, {"database": database},
                                  {64: ceiling, 256: ceiling}, quick)
    return failed


if __name__ == "__main__":
    sys.exit(main())

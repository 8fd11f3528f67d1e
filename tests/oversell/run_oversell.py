#!/usr/bin/env python3
"""The public oversell test, short form: 400 buyers at one instant for 100 units, on SQLite, on
PostgreSQL with two server processes, and with kill -9 in the middle. Exactly 100 orders, all
others `sold_out`, no 5xx, verify silent."""
import http.client
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

BUYERS, UNITS = 400, 100


def rush(ports, buyers, keys="rush"):
    """All buyers at one instant; answers by buyer, None where the server died."""
    gate = threading.Barrier(buyers)
    answers = [None] * buyers

    def buy(n):
        client = house.Client(ports[n % len(ports)])
        body = house.express([("shop", "RARE", 1)])
        gate.wait()
        try:
            answers[n] = client.request("POST", "/api/v1/checkouts/express", body,
                                        {"Idempotency-Key": f"{keys}-{n}"})
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(buyers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers


def judge(answers, sold_before=0):
    sold = sold_before
    for a in answers:
        house.check(a is not None, "a buyer got no answer")
        if a.status == 201:
            sold += 1
            continue
        house.check(a.status == 409 and a.json()["code"] == "sold_out",
                    f"{a.status}: {a.text[:200]}")
        house.check(a.json()["sku"] == "RARE" and a.json()["wanted"] == 1
                    and a.json()["available"] == 0, f"refusal says {a.text[:200]}")
    house.check(sold == UNITS, f"{sold} orders when {UNITS} units were there")


def one_process():
    with house.House("--test-payments") as place:
        place.goods("shop", [("RARE", "99.00", UNITS)])
        place.serve()
        judge(rush([place.port], BUYERS))
        checked = place.verify()
        house.check(checked["orders"] == UNITS, f"{checked} stored")


def killed():
    with house.House("--test-payments") as place:
        place.goods("shop", [("RARE", "99.00", UNITS)])
        place.serve()
        killer = threading.Timer(0.15, place.process.kill)
        killer.start()
        rush([place.port], BUYERS)
        killer.join()
        place.process.wait()
        place.process.stdout.close()
        place.serve()
        # Everybody asks again with his key: who had an order has it still.
        judge(rush([place.port], BUYERS))
        house.check(place.verify()["orders"] == UNITS, "not as many orders as units")


def two_processes(url):
    database = house.fresh_database(url, "oversell")
    with house.House("--test-payments", database=database) as one, \
         house.House("--test-payments", database=database) as two:
        one.goods("shop", [("RARE", "99.00", UNITS)])
        one.serve()
        two.serve()
        judge(rush([one.port, two.port], BUYERS))
        one.stop()
        two.stop()
        house.check(one.verify()["orders"] == UNITS, "not as many orders as units")


def same_key_on_two_processes(url):
    database = house.fresh_database(url, "oversell_keys")
    with house.House("--test-payments", database=database) as one, \
         house.House("--test-payments", database=database) as two:
        one.goods("shop", [("RARE", "99.00", UNITS)])
        one.serve()
        two.serve()
        body = house.express([("shop", "RARE", 1)])
        headers = {"Idempotency-Key": "once"}
        first = one.client().request("POST", "/api/v1/checkouts/express", body, headers)
        again = two.client().request("POST", "/api/v1/checkouts/express", body, headers)
        house.check(first.status == 201 and again.status == 201,
                    f"{first.status} {again.status} {again.text[:200]}")
        house.check(first.json()["id"] == again.json()["id"], "two orders for one key")
        one.stop()
        two.stop()
        house.check(one.verify()["orders"] == 1, "not one order")


def main():
    results = house.Results()
    results.run("oversell: 400 buyers, 100 units, SQLite", one_process)
    results.run("oversell: 400 buyers, 100 units, kill -9 in the middle", killed)
    if house.postgres():
        results.run("oversell: two processes on PostgreSQL", two_processes, house.postgres())
        results.run("oversell: one key on two processes", same_key_on_two_processes,
                    house.postgres())
    else:
        results.skip("oversell: two processes on PostgreSQL", "FONDACO_TEST_PG is not set")
    results.exit()


if __name__ == "__main__":
    main()

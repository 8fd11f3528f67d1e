#!/usr/bin/env python3
"""kill -9 at random moments: nothing acknowledged is lost, nothing is done twice, books agree.

The client is this process. It writes each acknowledged answer to a file with fsync before it
counts. After each restart it asks for every acknowledged order since the last look, and repeats
each unanswered request with its key; in the end `verify` must find no difference, and the units
sold must be exactly those of the acknowledged orders."""
import http.client
import json
import os
import pathlib
import random
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

KILLS = 2000 if house.SOAK else 30
SEED = int(os.environ.get("FONDACO_SEED", "20261122"))
CLIENTS = 6
STOCK = 1_000_000
SKUS = 20


class Journal:
    """What the client has been told, durable before it counts."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.orders = {}   # key -> answer
        self.pending = {}  # key -> body

    def asked(self, key, body):
        with self.lock:
            self.pending[key] = body

    def answered(self, key, answer):
        with self.lock:
            self.file.write(json.dumps({"key": key, "answer": answer}) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            self.orders[key] = answer
            self.pending.pop(key, None)


def buyer(place, journal, seed, stop, problems):
    rng = random.Random(seed)
    client = place.client()
    number = 0
    while not stop.is_set():
        number += 1
        key = f"{seed}-{number}"
        lines = [("shop", f"K-{rng.randrange(SKUS)}", 1 + rng.randrange(3)) for _ in range(2)]
        body = house.express(lines, token=rng.choice(["approve", "approve", "late"]))
        journal.asked(key, body)
        try:
            answer = client.request("POST", "/api/v1/checkouts/express", body,
                                    {"Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            return  # The server is gone; the request stays pending.
        if answer.status == 201:
            journal.answered(key, answer.json())
        elif answer.status != 503:
            problems.append(f"{answer.status}: {answer.text[:200]}")
            return


def disturb(place, rng):
    """Now and then a backup or a restart of the checkpoint is under way when the kill comes."""
    if rng.random() < 0.2:
        return threading.Thread(target=lambda: house.subprocess.run(
            [str(house.BINARY), "backup", str(place.base / f"backup-{time.time_ns()}"), "--data",
             str(place.data)], capture_output=True, check=False))
    return None


def repeat_pending(place, journal):
    client = place.client()
    for key, body in list(journal.pending.items()):
        answer = client.request("POST", "/api/v1/checkouts/express", body,
                                {"Idempotency-Key": key})
        house.check(answer.status == 201, f"repeat of {key}: {answer.status} {answer.text[:200]}")
        journal.answered(key, answer.json())


def look_up(place, journal, keys):
    client = place.client()
    for key in keys:
        answer = journal.orders[key]
        for order in answer["orders"]:
            found = client.request("GET", f"/api/v1/orders/{order['id']}", None,
                                   {"Order-Token": answer["token"]})
            house.check(found.status == 200, f"order {order['id']} of {key}: {found.status}")
            house.check(found.json()["total"] == order["total"], f"{order['id']} has another total")


def kills(results):
    rng = random.Random(SEED)
    with house.House("--test-payments") as place:
        place.goods("shop", [(f"K-{n}", f"{5 + n}.50", STOCK) for n in range(SKUS)])
        journal = Journal(place.base / "journal")
        seen = set()
        for round_number in range(KILLS):
            place.serve()
            repeat_pending(place, journal)
            fresh = [k for k in journal.orders if k not in seen]
            look_up(place, journal, fresh)
            seen.update(fresh)
            stop, problems = threading.Event(), []
            threads = [threading.Thread(target=buyer, args=(place, journal,
                                                            f"{round_number}-{n}", stop, problems))
                       for n in range(CLIENTS)]
            for t in threads:
                t.start()
            extra = disturb(place, rng)
            if extra:
                extra.start()
            time.sleep(rng.uniform(0.02, 0.5))
            os.kill(place.process.pid, signal.SIGKILL)
            place.process.wait()
            place.process.stdout.close()
            stop.set()
            for t in threads + ([extra] if extra else []):
                t.join()
            house.check(not problems, problems[:1])
        place.serve()
        repeat_pending(place, journal)
        look_up(place, journal, journal.orders)
        units = sum(line["quantity"] for a in journal.orders.values() for o in a["orders"]
                    for line in o["lines"])
        groups = {a["id"] for a in journal.orders.values()}
        house.check(len(groups) == len(journal.orders), "two keys share a group")
        checked = place.verify()
        house.check(checked["orders"] == sum(len(a["orders"]) for a in journal.orders.values()),
                    f"{checked['orders']} orders stored, "
                    f"{len(journal.orders)} groups acknowledged")
        reserved = reserved_units(place)
        house.check(reserved == units, f"{reserved} units promised, {units} acknowledged")
        print(f"# {KILLS} kills, {len(journal.orders)} orders, seed {SEED}")


def reserved_units(place):
    token = place.user("root@shop.example", "operator")
    client, total, after = place.client(), 0, ""
    while True:
        page = client.request("GET", f"/api/v1/merchants/shop/stock?limit=100{after}", None,
                              {"Authorization": f"Bearer {token}"})
        house.check(page.status == 200, f"stock: {page.status} {page.text[:200]}")
        body = page.json()
        total += sum(row["reserved"] for row in body["data"])
        if not body["has_more"]:
            return total
        after = "&starting_after=" + body["data"][-1]["id"]


def main():
    results = house.Results()
    results.run(f"kill: nothing acknowledged is lost in {KILLS} kills", kills, results)
    results.exit()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""kill -9 at random moments: nothing acknowledged is lost, nothing is done twice, books agree.

The client is this process. It writes each acknowledged answer to a file with fsync before it
counts. After each restart it asks for every acknowledged order since the last look, and repeats
each unanswered request with its key; in the end `verify` must find no difference, and the units
sold must be exactly those of the acknowledged orders.

What the kill meets is drawn: traffic, a backup made by the server under traffic, a first migration.
The server moves its log into the database every few pages (--checkpoint-pages), so that many kills
meet a checkpoint. After a killed backup the newest finished set must restore and agree; after a
killed migration the next command must finish it."""
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

KILLS = 2000 if house.SOAK else 200
CHECKPOINT_PAGES = 200
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


def back_up(place):
    """Asked of the running server, which dies in the middle of it or just after."""
    house.subprocess.run([str(house.BINARY), "backup", str(place.base / "backups"), "--data",
                          str(place.data)], capture_output=True, check=False)


def restores(place):
    """The newest finished set, if any kill has left one, is a whole house whose books agree."""
    sets = list((place.base / "backups").glob("*/manifest.json"))
    if not sets:
        return False
    into = place.base / "restored"
    house.shutil.rmtree(into, ignore_errors=True)
    house.run("restore", place.base / "backups", data=into)
    found = house.run("verify", data=into, expect=(0, 1))
    house.check(found["ok"], f"a restored backup: {found}")
    for old in sorted((place.base / "backups").glob("2*"))[:-2]:
        house.shutil.rmtree(old)
    return True


def killed_migration(rng):
    """The first command on an empty directory dies; the next one finds a house all the same."""
    with house.House() as place:
        first = house.subprocess.Popen(
            [str(house.BINARY), "migrate", "--data", str(place.data)],
            stdout=house.subprocess.DEVNULL, stderr=house.subprocess.DEVNULL)
        time.sleep(rng.uniform(0.0, 0.12))
        first.kill()
        first.wait()
        if rng.random() < 0.5:
            place.serve()
            place.kill()
        schemas = place.run("migrate")["schemas"]
        house.check(len(schemas) >= 9, f"{schemas} after a killed migration")
        place.verify()


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


class Round:
    """Traffic until the server is killed."""

    def __init__(self, place, journal, number, rng):
        self.stop, self.problems = threading.Event(), []
        self.threads = [threading.Thread(target=buyer, args=(
            place, journal, f"{number}-{n}", self.stop, self.problems)) for n in range(CLIENTS)]
        self.backup = rng.random() < 0.25
        if self.backup:
            self.threads.append(threading.Thread(target=back_up, args=(place,)))
        for t in self.threads:
            t.start()
        time.sleep(rng.uniform(0.02, 0.5))
        os.kill(place.process.pid, signal.SIGKILL)
        place.process.wait()
        place.process.stdout.close()
        self.stop.set()
        for t in self.threads:
            t.join()
        house.check(not self.problems, self.problems[:1])


def kills():
    rng = random.Random(SEED)
    met = {"traffic": 0, "a backup": 0, "a migration": 0}
    with house.House("--test-payments", "--checkpoint-pages", str(CHECKPOINT_PAGES)) as place:
        place.goods("shop", [(f"K-{n}", f"{5 + n}.50", STOCK) for n in range(SKUS)])
        journal, seen, restored = Journal(place.base / "journal"), set(), 0
        for number in range(KILLS):
            if rng.random() < 0.2:
                killed_migration(rng)
                met["a migration"] += 1
                continue
            place.serve()
            repeat_pending(place, journal)
            fresh = [k for k in journal.orders if k not in seen]
            look_up(place, journal, fresh)
            seen.update(fresh)
            killed = Round(place, journal, number, rng)
            met["a backup" if killed.backup else "traffic"] += 1
            if killed.backup:
                restored += restores(place)
        orders_agree(place, journal)
        print(f"# {KILLS} kills met " + ", ".join(f"{n} times {what}" for what, n in met.items())
              + f"; {restored} restores; {len(journal.orders)} orders; seed {SEED}")


def orders_agree(place, journal):
    place.serve()
    repeat_pending(place, journal)
    look_up(place, journal, journal.orders)
    units = sum(line["quantity"] for a in journal.orders.values() for o in a["orders"]
                for line in o["lines"])
    groups = {a["id"] for a in journal.orders.values()}
    house.check(len(groups) == len(journal.orders), "two keys share a group")
    checked = place.verify()
    house.check(checked["orders"] == sum(len(a["orders"]) for a in journal.orders.values()),
                f"{checked['orders']} orders stored, {len(journal.orders)} groups acknowledged")
    reserved = reserved_units(place)
    house.check(reserved == units, f"{reserved} units promised, {units} acknowledged")


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
    results.run(f"kill: nothing acknowledged is lost in {KILLS} kills", kills)
    results.exit()


if __name__ == "__main__":
    main()

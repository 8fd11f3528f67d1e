#!/usr/bin/env python3
"""A full disk: reads go on, writes are refused as such and lose nothing, and they go on by
themselves when there is room again. The data directory is a small file system of its own,
mounted in a namespace of this test's own; where that is not allowed the test is skipped by
name."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

NAME = "disk: full, reads go on, writes resume, nothing is lost"
MEGABYTES = 48
INSIDE = "FONDACO_DISK_NAMESPACE"
NAMESPACE = ["unshare", "--mount", "--propagation", "private"]
SKUS = 20


class Buyer:
    def __init__(self, place, number):
        self.client, self.number, self.count = place.client(), number, 0
        self.placed, self.refused = {}, {}  # key -> answer, key -> body

    def buy(self):
        self.count += 1
        key = f"{self.number}-{self.count}"
        body = house.express([("shop", f"D-{self.count % SKUS}", 1)])
        return self.send(key, body)

    def send(self, key, body):
        answer = self.client.request("POST", "/api/v1/checkouts/express", body,
                                     {"Idempotency-Key": key})
        if answer.status == 201:
            self.placed[key] = answer.json()
            self.refused.pop(key, None)
        else:
            house.check(answer.status in (503, 507) and answer.json()["code"] == "unavailable",
                        f"{answer.status} {answer.text[:200]}")
            self.refused[key] = body
        return answer.status


def fill(path):
    """Takes every byte that is left."""
    with open(path, "wb", buffering=0) as ballast:
        piece = 1 << 20
        while piece:
            try:
                ballast.write(b"\0" * piece)
            except OSError:
                piece //= 2


def buy_until_refused(buyer):
    """The log has room of its own for a while; then a whole row of orders must be refused."""
    row = 0
    for _ in range(5000):
        row = row + 1 if buyer.buy() != 201 else 0
        if row == 10:
            return
    raise house.Failure("the disk is full and nothing was refused in 5000 orders")


def reads(place, buyer):
    key, placed = next(iter(buyer.placed.items()))
    order = placed["orders"][0]["id"]
    client = place.client()
    for path in ("/livez", "/", "/api/v1/products?sku=D-1", "/search?q=thing", "/metrics",
                 "/api/v1/categories"):
        answer = client.request("GET", path)
        house.check(answer.status == 200, f"{path} while full: {answer.status}")
    answer = client.request("GET", f"/api/v1/orders/{order}", None,
                            {"Order-Token": placed["token"]})
    house.check(answer.status == 200, f"order of {key} while full: {answer.status}")


def every_order_is_there(place, buyers):
    client = place.client()
    for buyer in buyers:
        for placed in buyer.placed.values():
            for order in placed["orders"]:
                found = client.request("GET", f"/api/v1/orders/{order['id']}", None,
                                       {"Order-Token": placed["token"]})
                house.check(found.status == 200 and found.json()["total"] == order["total"],
                            f"{order['id']}: {found.status} {found.text[:200]}")


def full_disk():
    with house.House("--test-payments") as place:
        place.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", place.data],
                       check=True)
        place.goods("shop", [(f"D-{n}", f"{5 + n}.50", 100_000) for n in range(SKUS)])
        place.serve()
        buyers = [Buyer(place, n) for n in range(4)]
        for buyer in buyers:
            for _ in range(10):
                house.check(buyer.buy() == 201, "refused while there was room")
        for _ in range(2):  # Twice: what resumed must be as good as what was never refused.
            fill(place.data / "ballast")
            with concurrent.futures.ThreadPoolExecutor(len(buyers)) as crowd:
                list(crowd.map(buy_until_refused, buyers))
            reads(place, buyers[0])
            (place.data / "ballast").unlink()
            house.check(house.wait_until(lambda: buyers[0].buy() == 201, 30),
                        "writes do not go on 30 s after there is room")
            for buyer in buyers:
                for key, body in list(buyer.refused.items()):
                    house.check(buyer.send(key, body) == 201, f"{key} is refused for ever")
        every_order_is_there(place, buyers)
        placed = sum(len(b.placed) for b in buyers)
        house.check(place.verify()["orders"] == placed, "not the orders that were acknowledged")
        place.stop()
        place.serve()
        every_order_is_there(place, buyers)
        house.check(place.verify()["orders"] == placed, "not the same orders after a restart")
        place.stop()
        subprocess.run(["umount", place.data], check=True)
        print(f"# {placed} orders acknowledged on {MEGABYTES} MB")


def main():
    results = house.Results()
    if os.environ.get(INSIDE) == "1":
        results.run(NAME, full_disk)
        results.exit()
    allowed = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                             capture_output=True, check=False)
    if allowed.returncode != 0:
        results.skip(NAME, "needs root and the right to mount in a namespace of its own")
        results.exit()
    sys.exit(subprocess.run([*NAMESPACE, sys.executable, __file__],
                            env={**os.environ, INSIDE: "1"}, check=False).returncode)


if __name__ == "__main__":
    main()

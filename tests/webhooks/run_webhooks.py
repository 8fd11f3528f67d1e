#!/usr/bin/env python3
"""Webhooks of the whole program, with receivers that nobody here wrote the checks of: the npm
package standardwebhooks judges signatures, kill -9 in the middle of a delivery loses nothing."""
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
NODE = house.ROOT / "build/tools/node/bin/node"
PACKAGE = house.ROOT / "web/package.json"


class Receiver:
    """Keeps what it was sent; `slow` seconds pass before each answer."""

    def __init__(self):
        self.got, self.slow = [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append({"headers": {k.lower(): v for k, v in self.headers.items()},
                                  "body": body})
                time.sleep(outer.slow)
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # The sender was killed.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


def bearer(token, **more):
    return {"Authorization": f"Bearer {token}", **more}


def prepare(place):
    """A merchant with goods, its owner's token, and private addresses allowed."""
    place.goods("bikes", [("B-1", "200.00", 50)])
    place.serve()
    root = place.user("root@shop.example", "operator")
    owner = place.user("owner@shop.example", "merchant:bikes")
    client = place.client()
    path = "/api/v1/settings/webhooks.private_addresses"
    tag = client.request("GET", path, headers=bearer(root)).headers["ETag"]
    put = client.request("PUT", path, {"value": "true"}, bearer(root, **{"If-Match": tag}))
    house.check(put.status == 200, f"settings: {put.status} {put.text}")
    return owner


def subscribe(place, owner, url):
    made = place.client().request("POST", "/api/v1/merchants/bikes/webhooks",
                                  {"url": url, "types": ["order.*"]}, bearer(owner))
    house.check(made.status == 201, f"webhook: {made.status} {made.text}")
    return made.json()


def order(place, key):
    placed = place.client().request("POST", "/api/v1/checkouts/express",
                                    house.express([("bikes", "B-1", 1)]),
                                    {"Idempotency-Key": key})
    house.check(placed.status == 201, f"checkout: {placed.status} {placed.text}")


def verify(rows):
    done = subprocess.run([str(NODE), str(HERE / "verify.mjs"), str(PACKAGE)],
                          input=json.dumps(rows), capture_output=True, text=True, check=False)
    house.check(done.stdout.strip() == "verified", done.stdout + done.stderr)


def signed_for_others():
    """An order's events arrive, signed, without a name or address, and are in the log."""
    receiver = Receiver()
    with house.House("--test-payments") as place:
        owner = prepare(place)
        hook = subscribe(place, owner, receiver.url)
        order(place, "k1")
        house.check(house.wait_until(lambda: receiver.got), "nothing arrived")
        house.wait_until(lambda: False, 1)
        verify([{"secret": hook["secret"], **got} for got in receiver.got])
        told = "".join(got["body"] for got in receiver.got)
        for word in ("Ada", "Berlin", "Street", "shop.example", "contact"):
            house.check(word not in told, f"{word} is in an event")
        log = place.client().request(
            "GET", f"/api/v1/merchants/bikes/webhooks/{hook['id']}/deliveries?state=delivered",
            headers=bearer(owner)).json()["data"]
        house.check(len(log) == len(receiver.got), f"log: {log}")
        place.verify()
    receiver.close()


def killed_in_the_middle():
    """kill -9 while the receiver thinks: after the restart the same event comes again."""
    receiver = Receiver()
    with house.House("--test-payments") as place:
        owner = prepare(place)
        subscribe(place, owner, receiver.url)
        receiver.slow = 5
        order(place, "k1")
        house.check(house.wait_until(lambda: receiver.got), "nothing arrived")
        place.kill()
        first = receiver.got[0]["headers"]["webhook-id"]
        receiver.got.clear()
        receiver.slow = 0
        place.serve()
        house.check(house.wait_until(lambda: any(g["headers"]["webhook-id"] == first
                                                 for g in receiver.got), 20), "it never came again")
        place.verify()
    receiver.close()


def listens():
    """`webhook listen` passes a merchant's events on, signed with the secret it was given."""
    receiver = Receiver()
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with house.House("--test-payments") as place:
        owner = prepare(place)
        listener = subprocess.Popen(
            [str(house.BINARY), "webhook", "listen", "--server", f"http://127.0.0.1:{place.port}",
             "--token", owner, "--merchant", "bikes", "--types", "order.placed,order.paid",
             "--forward-to", receiver.url, "--secret", secret, "--stop-after", "1", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for number in range(20):  # Its stream may open after the first order.
            order(place, f"k{number}")
            if house.wait_until(lambda: listener.poll() is not None, 1):
                break
        out, err = listener.communicate(timeout=20)
        house.check(listener.returncode == 0, f"{listener.returncode}: {out}{err}")
        house.check(json.loads(out.strip().splitlines()[-1]) == {"passed": 1, "failed": 0}, out)
        verify([{"secret": secret, **receiver.got[0]}])
        refused = subprocess.run(
            [str(house.BINARY), "webhook", "listen", "--server", f"http://127.0.0.1:{place.port}",
             "--token", "nonsense", "--forward-to", receiver.url], capture_output=True, text=True,
            check=False)
        house.check(refused.returncode == 3 and "401" in refused.stderr, refused.stderr)
    receiver.close()


def main():
    results = house.Results()
    if not NODE.exists() or not shutil.which(str(NODE)) or not PACKAGE.with_name(
            "node_modules").exists():
        results.skip("webhooks: signatures", "node or web/node_modules is not there")
    else:
        results.run("webhooks: standardwebhooks verifies what we sign", signed_for_others)
        results.run("webhooks: the command line's listener signs as well", listens)
    results.run("webhooks: kill -9 in the middle loses nothing", killed_in_the_middle)
    results.exit()


if __name__ == "__main__":
    main()

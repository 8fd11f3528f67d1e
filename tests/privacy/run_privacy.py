#!/usr/bin/env python3
"""Erasure in the middle of traffic. A shopper and a guest do all that leaves traces; while others
go on buying, both are erased. Then every table, log, file and backup is searched for their
names, streets, mails and telephones, as they are, in hex, in base 64 and percent-encoded:
nothing may be found, no byte of their keys may be left (SQLite), and the books must agree."""
import base64
import http.client
import pathlib
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

ANNA = {"name": "Quillanna Featherby", "email": "quillanna.featherby@mailbox.example",
        "line1": "Zwiebelgasse 17", "telephone": "+49 170 5551234567"}
GUEST = {"name": "Guestavo Wintermoor", "email": "guestavo.wintermoor@mailbox.example",
         "line1": "Ofenrohrweg 23", "telephone": "+49 30 9998887776"}
SAID = [v for person in (ANNA, GUEST) for v in person.values()] + [
    "Quillanna", "Featherby", "Guestavo", "Wintermoor", "quillanna.featherby",
    "guestavo.wintermoor", "5551234567", "9998887776"]
TRAFFIC = 3   # Threads of others.
SECONDS = 4   # Before and after the erasure.


def codings(text):
    """The same words as a file may hold them."""
    raw = text.encode()
    yield "plain", raw
    yield "hex", raw.hex().encode()
    yield "UTF-16", text.encode("utf-16-le")
    yield "percent", urllib.parse.quote(text, safe="").encode()
    yield "form", urllib.parse.quote_plus(text).encode()
    for shift in range(3):  # Base 64 of the words at each place of a longer text.
        coded = base64.b64encode(b"\0" * shift + raw)
        yield "base 64", coded[(shift * 4 + 2) // 3:-4]


NEEDLES = {needle.lower(): f"{text!r} ({name})" for text in SAID for name, needle in codings(text)
           if len(needle) >= 8}


def found_in(data):
    low = data.lower()
    return [what for needle, what in NEEDLES.items() if needle in low]


class Browser:
    """Somebody with a cookie, by API and pages."""

    def __init__(self, place):
        self.client, self.headers = place.client(), {}

    def ask(self, method, path, body=None, wanted=(200, 201, 202, 204), **headers):
        answer = self.client.request(method, path, body, {**self.headers, **headers})
        house.check(answer.status in wanted, f"{method} {path}: {answer.status} "
                                             f"{answer.text[:300]}")
        return answer

    def sign_in(self, email):
        answer = self.ask("POST", "/api/v1/sessions", {"email": email,
                                                       "password": house.PASSWORD})
        self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0],
                        "X-CSRF-Token": answer.json()["csrf"]}

    def buy(self, person, key):
        body = house.express([("shop", "P-1", 1)])
        body["email"] = person["email"]
        body["address"] = address(person)
        return self.ask("POST", "/api/v1/checkouts/express", body,
                        **{"Idempotency-Key": key}).json()

    def buy_in_seven_calls(self, person, key, order=True):
        cart = self.ask("POST", "/api/v1/carts", {"currency": "EUR"}).json()
        mine = {"Cart-Token": cart["token"]} if cart.get("token") else {}
        at = f"/api/v1/carts/{cart['id']}"
        self.ask("POST", at + "/lines", {"merchant": "shop", "sku": "P-2", "quantity": 1}, **mine)
        self.ask("PUT", at + "/address", {**address(person), "email": person["email"]}, **mine)
        self.ask("PUT", at + "/shipping", {"method": "standard"}, **mine)
        if not order:
            return None
        return self.ask("POST", "/api/v1/checkouts",
                        {"cart": cart["id"], "payment": {"method": "test", "token": "approve"}},
                        **{"Idempotency-Key": key}, **mine).json()


def address(person):
    return {"name": person["name"], "line1": person["line1"], "city": "Berlin",
            "postcode": "10115", "country": "DE", "telephone": person["telephone"]}


def live(place):
    """All that a shopper can leave behind."""
    anna = Browser(place)
    anna.ask("POST", "/api/v1/accounts", {"email": ANNA["email"], "password": house.PASSWORD,
                                          "name": ANNA["name"]})
    anna.ask("POST", "/api/v1/sessions", {"email": ANNA["email"], "password": "not the password"},
             wanted=(401,))
    anna.sign_in(ANNA["email"])
    anna.ask("POST", "/api/v1/me/addresses", address(ANNA),
             **{"Idempotency-Key": "address-1"})  # Its answer is stored, and tells the address.
    anna.ask("POST", "/api/v1/me/consents", {
        "purpose": "marketing", "channel": "email", "granted": True, "text_version": "1",
        "proof": f"{ANNA['name']} clicked at the till"})
    anna.ask("POST", "/api/v1/me/tokens", {"label": "Quillanna's till", "scopes": ["me.read"]})
    order = anna.buy(ANNA, "anna-1")
    anna.buy_in_seven_calls(ANNA, "anna-2")
    anna.buy_in_seven_calls(ANNA, "", order=False)  # A basket that is never ordered.
    for path in ("/", "/account", "/checkout", "/cart", "/search?q=Quillanna+Featherby",
                 "/api/v1/search?q=quillanna.featherby%40mailbox.example"):
        anna.ask("GET", path, Accept="text/html", wanted=(200, 303))
    exported = anna.ask("GET", "/api/v1/me/export").text
    for word in (ANNA["name"], ANNA["email"], ANNA["line1"], order["orders"][0]["id"]):
        house.check(word in exported or house.wait_until(
            lambda w=word: w in anna.ask("GET", "/api/v1/me/export").text),
            f"the export lacks {word}")
    return anna, order


def live_as_guest(place):
    guest = Browser(place)
    return guest, guest.buy_in_seven_calls(GUEST, "guest-1")


def traffic(place, number, stop, problems, counts):
    """Others sign up, buy and look, without a pause."""
    try:
        while not stop.is_set():
            counts[number] += 1
            me = {"name": f"Other {number}", "email": f"o{number}-{counts[number]}@b.example",
                  "line1": "Street 1", "telephone": "+49 1"}
            browser = Browser(place)
            if counts[number] % 5 == 1:
                browser.ask("POST", "/api/v1/accounts", {
                    "email": me["email"], "password": house.PASSWORD, "name": me["name"]})
                browser.sign_in(me["email"])
            browser.buy(me, f"other-{number}-{counts[number]}")
            browser.buy_in_seven_calls(me, f"seven-{number}-{counts[number]}")
            browser.ask("GET", "/search?q=thing", Accept="text/html")
    except (house.Failure, OSError, http.client.HTTPException) as problem:
        problems.append(str(problem))


def secrets_sqlite(place):
    with sqlite3.connect(f"file:{place.data}/keys.db?mode=ro", uri=True) as keys:
        return dict(keys.execute("SELECT id, secret FROM shoppers_key"))


def secrets_postgres(database):
    rows = query(database, "SELECT id || ' ' || encode(secret, 'hex') FROM shoppers_key")
    return {row.split()[0]: bytes.fromhex(row.split()[1]) for row in rows}


def query(database, text):
    done = subprocess.run(["psql", database, "-qAtX", "-c", text], capture_output=True, text=True,
                          check=True)
    return done.stdout.splitlines()


def erase(place, anna, order, guest, guest_order):
    first = guest_order["orders"][0]["id"]
    secret = {"Order-Token": guest_order["token"]}
    anna.ask("DELETE", f"/api/v1/orders/{order['orders'][0]['id']}/contact", wanted=(409,))
    guest.ask("DELETE", f"/api/v1/orders/{first}/contact", wanted=(409,), **secret)
    guest.ask("POST", f"/api/v1/orders/{first}/cancellation", **secret)
    Browser(place).ask("DELETE", f"/api/v1/orders/{first}/contact", wanted=(404,))
    guest.ask("DELETE", f"/api/v1/orders/{first}/contact", **secret)
    guest.ask("DELETE", f"/api/v1/orders/{first}/contact", **secret)
    house.check(not found_in(guest.ask("GET", f"/api/v1/orders/{first}", **secret).text.encode()),
                "the guest's order still tells")
    anna.ask("DELETE", "/api/v1/me", {"password": house.PASSWORD})
    anna.ask("GET", "/api/v1/me", wanted=(401,))
    Browser(place).ask("POST", "/api/v1/sessions", {
        "email": ANNA["email"], "password": house.PASSWORD}, wanted=(401,))


def seen_by_staff(place, root, orders):
    """The orders are there as the books need them, without the person."""
    for order in orders:
        answer = root.ask("GET", f"/api/v1/orders/{order}")
        house.check(not found_in(answer.text.encode()), f"{order} tells {answer.text[:300]}")
        house.check(answer.json()["total"]["amount"] > 0, f"{order} has lost its total")


def texts(place, database):
    """(name, bytes) of everything that is stored: files as they are, tables and dumps as text."""
    for path in sorted(p for p in place.base.rglob("*") if p.is_file()):
        yield str(path.relative_to(place.base)), path.read_bytes()
        if path.suffix == ".db":
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
                yield f"tables of {path.name}", "\n".join(file.iterdump()).encode()
        if path.suffix == ".dump":
            yield f"dump {path.name}", subprocess.run(
                ["pg_restore", "-f", "-", str(path)], capture_output=True, check=True).stdout
    if database:
        yield "tables of PostgreSQL", subprocess.run(
            ["pg_dump", "--inserts", database], capture_output=True, check=True).stdout
        for path in server_files(database):
            yield str(path), path.read_bytes()


def server_files(database):
    """The server's own files of this database, its write-ahead log included."""
    query(database, "CHECKPOINT")
    folder = pathlib.Path(query(database, "SHOW data_directory")[0])
    number = query(database, "SELECT oid FROM pg_database WHERE datname = current_database()")[0]
    for part in (folder / "base" / number, folder / "pg_wal"):
        yield from sorted(p for p in part.rglob("*") if p.is_file())


def search_everything(place, database, destroyed):
    searched = size = 0
    told, keys_in, others = [], [], False
    for name, data in texts(place, database):
        searched, size = searched + 1, size + len(data)
        told += [f"{what} in {name}" for what in found_in(data)]
        keys_in += [name for secret in destroyed if secret in data or secret.hex().encode() in data]
        others = others or b"Thing P-1" in data
    house.check(others, "the search finds nothing at all: it looks in the wrong place")
    house.check(not told, f"{len(told)} left: " + "; ".join(told[:6]))
    if database:
        # Written down in docs/reference/privacy.md: the server's log and dead rows are its own.
        print(f"# PostgreSQL: bytes of destroyed keys in {len(set(keys_in))} files of the server")
        keys_in = [n for n in keys_in if not n.startswith("/")]
    house.check(not keys_in, f"bytes of a destroyed key in {sorted(set(keys_in))}")
    print(f"# searched {searched} files and tables, {size >> 20} MB, for {len(NEEDLES)} texts")


def privacy(database):
    with house.House("--test-payments", "--log-level", "debug", database=database) as place:
        place.goods("shop", [("P-1", "12.50", 100_000), ("P-2", "3.00", 100_000)])
        place.serve()
        root = Browser(place)
        root.headers = {"Authorization": "Bearer " + place.user("root@b.example", "operator")}
        stop, problems, counts = threading.Event(), [], [0] * TRAFFIC
        threads = [threading.Thread(target=traffic, args=(place, n, stop, problems, counts))
                   for n in range(TRAFFIC)]
        for t in threads:
            t.start()
        try:
            anna, order = live(place)
            guest, guest_order = live_as_guest(place)
            time.sleep(SECONDS)
            place.run("backup", place.base / "backups")
            secrets = secrets_postgres(database) if database else secrets_sqlite(place)
            erase(place, anna, order, guest, guest_order)
            before = sum(counts)
            time.sleep(SECONDS)
        finally:
            stop.set()
            for t in threads:
                t.join()
        house.check(not problems, problems[:1])
        house.check(0 < before < sum(counts), f"traffic stood still: {counts}")
        seen_by_staff(place, root, [o["id"] for g in (order, guest_order) for o in g["orders"]])
        place.run("backup", place.base / "backups")
        left = secrets_postgres(database) if database else secrets_sqlite(place)
        destroyed = [secret for key, secret in secrets.items() if key not in left]
        # Hers, those of her two baskets that had an address, and the guest's.
        house.check(len(destroyed) >= 4, f"{len(destroyed)} keys destroyed")
        search_everything(place, database, destroyed)
        place.verify()
        place.stop()
        search_everything(place, database, destroyed)
        place.verify()
        print(f"# {sum(counts)} rounds of others' traffic, {before} before the erasure")


def main():
    results = house.Results()
    results.run("privacy: nothing is left of the erased, SQLite", privacy, None)
    name = "privacy: nothing is left of the erased, PostgreSQL"
    if house.postgres():
        results.run(name, lambda: privacy(house.fresh_database(house.postgres(), "privacy")))
    else:
        results.skip(name, "FONDACO_TEST_PG is not set")
    results.exit()


if __name__ == "__main__":
    main()

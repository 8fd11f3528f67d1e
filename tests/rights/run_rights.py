#!/usr/bin/env python3
"""Rights over every route that the program has, taken from its own OpenAPI document.

Victims (a shopper, a merchant's owner, the operator) get real things. Then every route is called
as anonymous, as another shopper, as another merchant's owner, as staff of the same merchant without
the right, and with the owner's own token of a narrow scope: with each id that the victims have. A
route fails when it answers 2xx where it must refuse, when an answer tells a word or id of the
victims, when it breaks (5xx), or when what the victims see is not as before. Two processes on one
PostgreSQL: what ends a session in one ends it in the other within seconds."""
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

OWNERS = {"everyone", "self", "merchant", "place", "operators"}
ID = re.compile(r"\b[a-z]{3}_[0-9A-HJKMNP-TV-Z]{13}\b")
PUBLIC = {"prd", "var", "mer", "cat", "brd", "ofr", "med", "plc"}  # What any visitor sees.
WORDS = ["Quillanna", "Featherby", "quillanna@", "Zwiebelgasse", "Guestine", "guestine@",
         "Zzhiddenrole", "Zzhiddenplace", "Zzdraft", "004917012345"]
REFUSED = {401, 403, 404}
SPOKEN_TO = ("/questions", "/conversations")  # Anybody signed in may ask a merchant something.


class Route:
    def __init__(self, method, path, operation):
        self.method, self.path, self.operation = method.upper(), path, operation
        self.name = f"{self.method} {path}"
        self.owner = operation.get("x-owner")
        self.scope = operation.get("x-scope")
        self.params = re.findall(r"\{(\w+)\}", path)
        body = operation.get("requestBody", {}).get("content", {})
        self.media = next(iter(body), None)
        self.schema = body[self.media]["schema"] if self.media else None

    @property
    def is_stream(self):
        return self.path.endswith("/events")

    def declaration(self):
        """What is wrong with what the route says of itself, or None."""
        if self.owner not in OWNERS:
            return f"has no owner but {self.owner!r}"
        if not self.scope or (self.scope == "-" and self.owner != "everyone"):
            return f"has the scope {self.scope!r} and the owner {self.owner}"
        repeat = self.operation.get("x-idempotency")
        if not self.operation.get("x-rate") or not repeat:
            return "has no rate or idempotency class"
        if (self.method == "GET") != (repeat == "safe"):
            return f"is {repeat}"
        return None


class Person:
    """`may`: the scopes that count; `narrow`: a token of a victim's own, with these scopes only."""

    def __init__(self, name, token, may=(), at_bikes=False, narrow=False):
        self.name, self.token, self.may = name, token, set(may)
        self.at_bikes, self.narrow = at_bikes, narrow

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class World:
    """The installation with its victims, what they have, and every route."""

    def __init__(self, place):
        self.place, self.number, self.collects = place, 0, True
        self.client = place.client()
        document = self.get("/api/v1/openapi.json").json()
        self.schemas = document["components"]["schemas"]
        self.routes = [Route(method, path, operation)
                       for path, methods in document["paths"].items()
                       for method, operation in methods.items()]
        self.ids = {}  # prefix -> ids of the victims

    def ask(self, person, method, path, body=None, headers=None, media="application/json"):
        self.number += 1
        every = {"Idempotency-Key": f"rights-{self.number}", "If-Match": "*",
                 "Content-Type": media, **person.headers(), **(headers or {})}
        try:
            return self.client.request(method, path, body, every)
        except OSError as error:
            raise house.Failure(f"{method} {path} as {person.name}: {error}") from None

    def get(self, path, person=Person("anonymous", None)):
        return self.ask(person, "GET", path)

    def must(self, person, method, path, body, headers=None):
        answer = self.ask(person, method, path, body, headers)
        house.check(answer.status in (200, 201, 202),
                    f"{method} {path} as {person.name}: {answer.status} {answer.text[:300]}")
        self.collect(answer.text)
        return answer.json()

    def collect(self, text):
        for found in ID.findall(text) if self.collects else ():
            known = self.ids.setdefault(found[:3], [])
            if found not in known and len(known) < 3:
                known.append(found)

    def sample(self, schema, depth=0):
        """A body as the schema wants it, with the victims' ids wherever an id may stand."""
        if schema is True or depth > 6:
            return {}
        if "$ref" in schema:
            return self.sample(self.schemas[schema["$ref"].rsplit("/", 1)[1]], depth + 1)
        if "anyOf" in schema:
            return self.sample(schema["anyOf"][0], depth + 1)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            return {name: self.sample(member, depth + 1)
                    for name, member in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.sample(schema["items"], depth + 1)]
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return 1
        prefix = schema.get("pattern", "")[1:4]
        if prefix in self.ids:
            return self.ids[prefix][0]
        if prefix == "[A-":
            return "EUR"
        return "2026-11-26T00:00:00Z" if schema.get("format") == "date-time" else "x"

    def paths(self, route):
        """The route with the merchant's slug or id and, in turn, each kind of id in its place."""
        known = {"merchant": "bikes", "slug": "bikes", "provider": "test", "handle": "x",
                 "file": "x", "path": "x", "name": "x"}
        open_params = [p for p in route.params if p not in known]
        base = route.path
        for param in route.params:
            if param in known:
                base = base.replace(f"{{{param}}}", known[param])
        if not open_params:
            return [base]
        out = []
        for some in self.ids.values():
            path = base
            for n, param in enumerate(open_params):
                path = path.replace(f"{{{param}}}", some[min(n, len(some) - 1)])
            out.append(path)
        return out

    def seen_by(self, persons):
        """What the victims see of their own, to be compared after everybody has tried."""
        seen = {}
        for person in persons:
            for route in self.routes:
                mine = route.owner in ("self", "merchant", "place")
                if route.method != "GET" or not mine or route.is_stream:
                    continue
                for path in self.paths(route):
                    answer = self.get(path, person)
                    house.check(answer.status < 500, f"{path}: {answer.status} {answer.text[:200]}")
                    if answer.status == 200:
                        self.collect(answer.text)
                        seen[f"{person.name} {path}"] = settled(answer.text)
        return seen


def headers_of_answers():
    """What holds of every answer, and no cache may keep what is about somebody."""
    with house.House("--test-payments") as place:
        world, anna, owner = furnish(place)
        world.seen_by([anna, owner])
        group = world.guest["id"]
        secret = {"Order-Token": world.guest["token"],
                  "Cookie": f"order_{group}={world.guest['token']}", "Accept": "text/html"}
        asked = [(person, path, {"Accept": "text/html"}) for person in (anna, owner)
                 for route in world.routes if route.method == "GET" and not route.is_stream
                 for path in world.paths(route)]
        guest = Person("the guest", None)
        asked += [(guest, f"/api/v1/orders/{o['id']}", secret) for o in world.guest["orders"]]
        asked += [(guest, f"/o/{group}", secret), (guest, "/cart", secret)]
        told = 0
        for person, path, headers in asked:
            answer = world.ask(person, "GET", path, headers=headers)
            where = f"{path} as {person.name}"
            house.check(answer.headers["X-Content-Type-Options"] == "nosniff", f"{where}: sniffed")
            house.check(answer.headers["Referrer-Policy"], f"{where}: no referrer policy")
            policy = answer.headers["Content-Security-Policy"] or ""
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                house.check("default-src" in policy and "unsafe" not in policy,
                            f"{where}: {policy!r}")
            if any(word in answer.text for word in WORDS):
                told += 1
                house.check(answer.headers["Cache-Control"] == "no-store",
                            f"{where}: {answer.headers['Cache-Control']}")
        house.check(told >= 8, f"only {told} answers were about somebody")
        print(f"# {len(asked)} answers, {told} of them about somebody")


def settled(text):
    """Without what moves by itself."""
    return re.sub(r'"(seen_at|expires_at|exported_at|at_once|csrf)":"[^"]*"', "", text)


def furnish(place):
    """Real things: orders of a guest and a shopper, baskets, addresses, roles, places, drafts."""
    place.goods("bikes", [("B-1", "200.00", 50), ("B-2", "20.00", 50)])
    place.goods("phones", [("P-1", "300.00", 50)])
    place.serve()
    world = World(place)
    root = Person("root", place.user("root@shop.example", "operator"))
    owner = Person("bikes' owner", place.user("owner@bikes.example", "merchant:bikes"))
    anna = Person("anna", place.user("quillanna@shop.example", "shopper"))
    address = {"name": "Quillanna Featherby", "line1": "Zwiebelgasse 7", "city": "Berlin",
               "country": "DE", "postcode": "10115", "telephone": "+49 170 12345"}
    world.must(anna, "PATCH", "/api/v1/me", {"name": "Quillanna Featherby"})
    world.must(anna, "POST", "/api/v1/me/addresses", address)
    world.must(anna, "POST", "/api/v1/me/consents",
               {"purpose": "marketing", "channel": "email", "granted": True, "text_version": "1"})
    order = house.express([("bikes", "B-1", 1)])
    order["address"] = {**address, "line2": None, "region": None}
    order["email"] = "quillanna@shop.example"
    world.must(anna, "POST", "/api/v1/checkouts/express", order)
    cart = world.must(anna, "POST", "/api/v1/carts", {"currency": "EUR"})
    world.must(anna, "POST", f"/api/v1/carts/{cart['id']}/lines",
               {"merchant": "bikes", "sku": "B-2", "quantity": 2})
    order["email"], order["address"]["name"] = "guestine@shop.example", "Guestine Featherby"
    world.guest = world.must(Person("a guest", None), "POST", "/api/v1/checkouts/express", order)
    world.must(owner, "POST", "/api/v1/merchants/bikes/roles",
               {"name": "Zzhiddenrole", "permissions": ["catalog.read"]})
    world.must(owner, "POST", "/api/v1/merchants/bikes/places",
               {"kind": "warehouse", "name": "Zzhiddenplace"})
    for path in ("/api/v1/products?sku=B-1", "/api/v1/merchants/bikes", "/api/v1/grants"):
        world.collect(world.get(path, root).text)
    house.wait_until(lambda: world.get("/api/v1/me/orders", anna).json()["data"])
    return world, anna, owner


def strangers(world):
    place, role = world.place, world.ids["rol"][0]

    def narrow(name, email, **more):
        token = place.run("token", "create", "--user", email, "--scope", "me.read")["token"]
        return Person(name, token, {"me.read"}, narrow=True, **more)

    return [
        Person("anonymous", None),
        Person("another shopper", place.user("bob@shop.example", "shopper")),
        Person("another merchant's owner", place.user("owner@phones.example", "merchant:phones")),
        Person("staff without the right", place.user("clerk@bikes.example",
                                                     f"merchant:bikes:{role}"),
               {"catalog.read"}, at_bikes=True),
        narrow("the shopper's narrow token", "quillanna@shop.example"),
        narrow("the owner's narrow token", "owner@bikes.example", at_bikes=True)]


def is_allowed(route, person):
    """Whether the route may answer this person at all; whose things it shows is another matter."""
    covered = not person.narrow or route.scope in person.may | {"-"}
    if route.owner == "everyone":
        return covered
    if route.owner == "self":
        return bool(person.token) and covered
    if route.owner in ("merchant", "place"):
        return person.at_bikes and route.scope in person.may
    return False


def wrong(route, person, path, answer, world):
    """Why this answer must not be, or None."""
    if answer.status >= 500:
        return f"breaks with {answer.status} {answer.text[:200]}"
    allowed = is_allowed(route, person)
    if not allowed:
        if answer.status not in REFUSED:
            return f"answers {answer.status} {answer.text[:200]}"
        if not person.token and answer.status != 401:
            return f"answers {answer.status}, not 401, without a sign-in"
    elif person.narrow or route.owner in ("merchant", "place"):
        return None  # The victim's own, and allowed by name.
    told = [w for w in WORDS if w in answer.text]
    private = {i for i in ID.findall(answer.text)
               if i[:3] not in PUBLIC and i in world.ids.get(i[:3], ()) and i not in path
               and not (person.at_bikes and i[:3] == "rol")}  # His own role.
    if told or private:
        return f"tells {told or sorted(private)} in {answer.text[:200]}"
    return None


def body_of(route, world):
    if route.media == "application/json":
        return json.dumps(world.sample(route.schema))
    return "offer=x&quantity=1&cart=x&order=x&email=x&password=x" if route.media else None


def every_route():
    with house.House("--test-payments", "--test-clock") as place:
        world, anna, owner = furnish(place)
        world.seen_by([anna, owner])
        world.collects = False  # What comes now is the strangers' own.
        crowd = strangers(world)
        before = world.seen_by([anna, owner])
        faults, asked = [], 0
        for person in crowd:
            for route in world.routes:
                if route.path == "/api/v1/test/clock":
                    continue  # Exists in a sandbox only, and would move everybody's time.
                for path in world.paths(route):
                    answer = world.ask(person, route.method, path, body_of(route, world),
                                       media=route.media or "application/json")
                    asked += 1
                    why = wrong(route, person, path, answer, world)
                    if why:
                        faults.append(f"{route.name} as {person.name} ({path}) {why}")
        print(f"# {len(world.routes)} routes, {asked} calls, ids of {sorted(world.ids)}")
        house.check(not faults, f"{len(faults)} faults: " + " | ".join(faults[:8]))
        after = world.seen_by([anna, owner])
        changed = [k for k in before
                   if after.get(k) != before[k] and not k.endswith(SPOKEN_TO)]
        house.check(not changed, "changed by strangers: " + "; ".join(
            f"{k}: {before[k][:300]} -> {str(after.get(k))[:300]}" for k in changed[:3]))
        place.verify()
        unseen = [r.name for r in world.routes
                  if r.method == "GET" and r.owner in ("merchant", "place") and not any(
                      f"bikes' owner {p}" in before for p in world.paths(r))]
        if unseen:
            print("# without a thing of the victim's to ask for: " + ", ".join(unseen))


def declarations():
    with house.House() as place:
        place.serve()
        routes = World(place).routes
        house.check(len(routes) >= 100, f"{len(routes)} routes in the document")
        faults = [f"{r.name} {r.declaration()}" for r in routes if r.declaration()]
        house.check(not faults, "; ".join(faults))


class Visitor:
    """Somebody signed in by cookie, seen by two servers."""

    def __init__(self, one, two, email, password=house.PASSWORD):
        self.one, self.two = one, two
        answer = one.client().request("POST", "/api/v1/sessions",
                                      {"email": email, "password": password})
        house.check(answer.status == 201, f"sign-in: {answer.status} {answer.text}")
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.headers = {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf"]}

    def status(self, place):
        return place.client().request("GET", "/api/v1/me", None, self.headers).status

    def act(self, method, path, body=None):
        answer = self.one.client().request(method, path, body, self.headers)
        house.check(answer.status in (200, 201, 204), f"{path}: {answer.status} {answer.text}")
        return answer


def ends(seen, there, why):
    """401 at once in the process that did it, within seconds in the other."""
    house.check(seen(there.one) == 401, f"{why}: still {seen(there.one)} in the same process")
    began = time.monotonic()
    house.check(house.wait_until(lambda: seen(there.two) == 401, 8),
                f"{why}: still {seen(there.two)} in the other process after 8 s")
    return time.monotonic() - began


def two_processes(url):
    database = house.fresh_database(url, "rights")
    with house.House(database=database) as one, house.House(database=database) as two:
        one.serve()
        two.serve()
        one.user("anna@shop.example", "shopper")
        waits = []

        def visitor(password=house.PASSWORD):
            v = Visitor(one, two, "anna@shop.example", password)
            house.check(v.status(one) == 200 and v.status(two) == 200, "not signed in everywhere")
            return v

        v = visitor()
        v.act("DELETE", "/api/v1/sessions/current")
        waits.append(ends(v.status, v, "sign-out"))
        old, v = visitor(), visitor()
        v.act("PUT", "/api/v1/me/password", {"password": house.PASSWORD,
                                             "new_password": "another long sentence"})
        waits.append(ends(old.status, v, "password change"))
        token = v.act("POST", "/api/v1/me/tokens", {"label": "", "scopes": ["me.read"]}).json()

        def by_token(place):
            bearer = {"Authorization": f"Bearer {token['token']}"}
            return place.client().request("GET", "/api/v1/me", None, bearer).status

        house.check(by_token(one) == 200 and by_token(two) == 200, "the token does not work")
        v.act("DELETE", f"/api/v1/me/tokens/{token['id']}")
        waits.append(ends(by_token, v, "withdrawn token"))
        v.act("DELETE", "/api/v1/me", {"password": "another long sentence"})
        waits.append(ends(v.status, v, "erasure"))
        print("# in the other process after " + ", ".join(f"{w:.1f} s" for w in waits))


def main():
    results = house.Results()
    results.run("rights: every route says whose it is", declarations)
    results.run("rights: every route refuses strangers and tells them nothing", every_route)
    results.run("rights: no cache keeps what is about somebody", headers_of_answers)
    name = "rights: what ends a session ends it in every process"
    if house.postgres():
        results.run(name, two_processes, house.postgres())
    else:
        results.skip(name, "FONDACO_TEST_PG is not set")
    results.exit()


if __name__ == "__main__":
    main()

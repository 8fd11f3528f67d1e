#!/usr/bin/env python3
"""Mails through a real SMTP server (Debian's aiosmtpd) with STARTTLS and a password: what an order,
a forgotten password and an invitation send, read by Python's own mail parser."""
import email
import email.policy
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:  # Debian's package is for Debian's Python, which may not be the first one.
    Controller = None
    DEBIAN = "/usr/bin/python3"
    if sys.executable != DEBIAN and pathlib.Path(DEBIAN).exists():
        os.execv(DEBIAN, [DEBIAN, *sys.argv])

PUBLIC = "https://shop.example"


class Post:
    """A server with TLS and one account; refuses who is called refused@, later@ twice."""

    def __init__(self, base):
        key, certificate = base / "smtp-key.pem", base / "smtp-certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        self.certificate, self.mails, self.signed_in = certificate, [], 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        outer = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address.startswith("refused@"):
                    return "550 no such mailbox"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                outer.mails.append((envelope.rcpt_tos, email.message_from_bytes(
                    envelope.original_content, policy=email.policy.default)))
                return "250 taken"

        def authenticate(server, session, envelope, mechanism, data):
            good = data.login == b"shop" and data.password == b"a secret"
            outer.signed_in += good
            return AuthResult(success=good, handled=False)

        class Server(Controller):
            def factory(self):
                return SMTP(self.handler, tls_context=context, require_starttls=True,
                            auth_required=True, authenticator=authenticate, loop=self.loop)

        with socket.socket() as free:  # The controller calls its port by number, so 0 is no choice.
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server = Server(Handler(), hostname="127.0.0.1", port=self.port)
        self.server.start()

    def to(self, address):
        return [m for receivers, m in self.mails if address in receivers]

    def wait_for(self, address, count=1):
        house.check(house.wait_until(lambda: len(self.to(address)) >= count, 20),
                    f"{address} has {len(self.to(address))} mails, {count} expected")
        return self.to(address)

    def close(self):
        self.server.stop()


def serve(place, post, password="a secret"):
    os.environ["FONDACO_SMTP_PASSWORD"] = password
    place.flags = ("--test-payments", "--public-url", PUBLIC, "--shop-name", "Rialto",
                   "--mail-from", "Rialto 里亚托 <shop@shop.example>", "--smtp",
                   f"smtp://localhost:{post.port}", "--smtp-user", "shop", "--smtp-certificates",
                   str(post.certificate))
    place.serve()


def parts_of(mail):
    return [mail.get_body((kind,)).get_content().replace("\r\n", "\n")
            for kind in ("plain", "html")]


def of_an_order(place, post):
    """A guest's basket of two shops is one mail, in the language of its country, with the totals;
    the code in it opens the order in a browser that has never seen it."""
    body = house.express([("bikes", "B-1", 1), ("phones", "P-1", 2)])
    placed = place.client().request("POST", "/api/v1/checkouts/express", body,
                                    {"Idempotency-Key": "k1"})
    house.check(placed.status == 201, placed.text)
    mail = post.wait_for("buyer@shop.example")[0]
    house.check(mail["Auto-Submitted"] == "auto-generated" and not mail["List-Unsubscribe"],
                "headers of a transactional mail")
    house.check(str(mail["From"].addresses[0].display_name) == "Rialto 里亚托", mail["From"])
    house.check(re.fullmatch(r"<mai_\w+@shop\.example>", mail["Message-ID"]), mail["Message-ID"])
    text, html = parts_of(mail)
    for wanted in ("Thing B-1", "Thing P-1", "Bikes", "Phones", "€200.00"):
        house.check(wanted in text and wanted in html, f"no {wanted} in {text}")
    link = re.search(r"https://shop\.example(/o/grp_\w+/open)\n", text)
    code = re.search(r"\b\d{12}\b", text)
    house.check(link and code and code[0] not in link[1], f"link and code: {text}")
    page = place.client().request("GET", link[1])
    csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    cookie = (page.headers["Set-Cookie"] or "").split(";")[0]

    def give(what):
        return place.client().request(
            "POST", link[1], f"csrf={csrf}&code={what}",
            {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie})
    house.check(give("0" * 12).status == 422, "a wrong code opens it")
    opened = give(code[0])
    house.check(opened.status == 303, f"{opened.status} {opened.text[:300]}")
    shown = place.client().request("GET", opened.headers["Location"],
                                   headers={"Cookie": opened.headers["Set-Cookie"].split(";")[0]})
    house.check(shown.status == 200 and "Thing B-1" in shown.text, f"{shown.status}")


def in_chinese(place, post):
    """A guest in China is written to in Chinese; letters arrive whole."""
    body = house.express([("bikes", "B-1", 1)], email="wang@shop.example")
    body["address"]["country"] = "CN"
    placed = place.client().request("POST", "/api/v1/checkouts/express", body,
                                    {"Idempotency-Key": "k2"})
    house.check(placed.status == 201, placed.text)
    mail = post.wait_for("wang@shop.example")[0]
    house.check(mail["Subject"].startswith("您的订单 ord_"), mail["Subject"])
    house.check("感谢您的订购" in parts_of(mail)[0], parts_of(mail)[0])


def forgotten_password(place, post):
    """A code by mail sets a new password; an address that nobody has gets none."""
    client = place.client()
    client.request("POST", "/api/v1/accounts",
                   {"email": "anna@shop.example", "password": house.PASSWORD})
    for address in ("anna@shop.example", "nobody@shop.example"):
        asked = client.request("POST", "/api/v1/password-resets", {"email": address})
        house.check(asked.status == 202, asked.text)
    mail = post.wait_for("anna@shop.example")[0]
    text = parts_of(mail)[0]
    code = re.search(r"^ +(\d{8})$", text, re.M)[1]
    house.check("https://shop.example/reset\n" in text and f"/reset?{code}" not in text, text)
    done = client.request("POST", "/api/v1/password-resets/confirm",
                          {"email": "anna@shop.example", "code": code,
                           "password": "another long enough secret"})
    house.check(done.status == 204, done.text)
    signed = client.request("POST", "/api/v1/sessions",
                            {"email": "anna@shop.example",
                             "password": "another long enough secret"})
    house.check(signed.status == 201, signed.text)
    house.check(not post.to("nobody@shop.example"), "somebody who is not there got a mail")


def invitation(place, post):
    place.user("clerk@shop.example", "merchant:bikes:desk")
    text = parts_of(post.wait_for("clerk@shop.example")[0])[0]
    house.check("Order desk" in text and "Bikes" in text, text)


def refund(place, post, root):
    """Cancelling a paid order tells the buyer how much comes back."""
    body = house.express([("bikes", "B-1", 1)], email="carl@shop.example")
    order = place.client().request("POST", "/api/v1/checkouts/express", body,
                                   {"Idempotency-Key": "k3"}).json()["orders"][0]
    path = f"/api/v1/orders/{order['id']}/cancellation"
    cancelled = place.client().request("POST", path, None, {"Authorization": f"Bearer {root}"})
    house.check(cancelled.status in (200, 202), cancelled.text)
    mails = post.wait_for("carl@shop.example", 2)
    house.check(any("Refund" in m["Subject"] for m in mails), [m["Subject"] for m in mails])


def parcels(place, post, seller):
    """Each parcel that leaves is told with its carrier and what is in it; who collects is told that
    it waits instead, and hears of no parcel."""
    def sold(email, key, shipping):
        body = house.express([("bikes", "B-1", 2)], email=email, shipping=shipping)
        order = place.client().request("POST", "/api/v1/checkouts/express", body,
                                       {"Idempotency-Key": key}).json()["orders"][0]
        sent = place.client().request(
            "POST", f"/api/v1/orders/{order['id']}/shipments",
            {"carrier": "DHL", "tracking": "00340 434", "lines": [{"line": 0, "quantity": 1}]},
            {"Authorization": f"Bearer {seller}"})
        house.check(sent.status == 201, sent.text)
        return [m for m in post.wait_for(email, 2) if not m["Subject"].startswith("Your order")][0]

    shipped = sold("dora@shop.example", "k5", "standard")
    house.check("is on its way" in shipped["Subject"], shipped["Subject"])
    for part in parts_of(shipped):
        for wanted in ("DHL", "00340 434", "Thing B-1", "Bikes"):
            house.check(wanted in part, f"no {wanted} in {part}")
    house.check("1 x Thing B-1" in parts_of(shipped)[0], parts_of(shipped)[0])
    ready = sold("emil@shop.example", "k6", "pickup")
    house.check("is ready to collect" in ready["Subject"], ready["Subject"])
    house.check("waits for you: Bikes" in parts_of(ready)[0], parts_of(ready)[0])
    house.check(len(post.to("emil@shop.example")) == 2, post.to("emil@shop.example"))


def bounces(place, post, root):
    """A mailbox that does not exist is a failure that the operator sees."""
    body = house.express([("bikes", "B-1", 1)], email="refused@shop.example")
    place.client().request("POST", "/api/v1/checkouts/express", body, {"Idempotency-Key": "k4"})

    def failed():
        return place.client().request("GET", "/api/v1/mails?state=failed",
                                      headers={"Authorization": f"Bearer {root}"}).json()["data"]
    house.check(house.wait_until(failed), "nothing failed")
    house.check(failed()[0]["answer"] == "550", failed())


def main():
    results = house.Results()
    if Controller is None:
        results.skip("mail", "python3-aiosmtpd is not installed")
        results.exit()
    with house.House() as place:
        post = Post(place.base)
        place.goods("bikes", [("B-1", "200.00", 50)])
        place.goods("phones", [("P-1", "300.00", 50)])
        serve(place, post)
        root = place.user("root@shop.example", "operator")
        results.run("mail: a guest's order is one mail, its code opens it", of_an_order, place,
                    post)
        results.run("mail: Chinese arrives whole", in_chinese, place, post)
        results.run("mail: a code sets a new password", forgotten_password, place, post)
        results.run("mail: who gets a role is invited", invitation, place, post)
        results.run("mail: a refund is told", refund, place, post, root)
        seller = place.user("seller@shop.example", "merchant:bikes")
        results.run("mail: parcels that leave, and what waits to be collected", parcels, place,
                    post, seller)
        results.run("mail: a bounce is a failure", bounces, place, post, root)
        results.run("mail: it signed in over TLS",
                    lambda: house.check(post.signed_in > 0, "nobody signed in"))
        results.run("mail: verify finds nothing", place.verify)
        post.close()
    results.exit()


if __name__ == "__main__":
    main()

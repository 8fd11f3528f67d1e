#!/usr/bin/env python3
"""Checkout by Stripe against a fake on loopback that misbehaves as the real one does: 429, a 500
after success, answers that never come, declines, 3-D Secure, webhooks twice and in any order,
conflicts of keys, refunds and disputes. In the end every ledger agrees; no secret is in the log.
With STRIPE_MOCK=path our requests are also judged by Stripe's OpenAPI (stripe-mock)."""
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import house  # noqa: E402
import stripe_fake  # noqa: E402

PATH = "/api/v1/payments/webhooks/stripe"


class Shop:
    def __init__(self, fake):
        self.fake = fake
        self.house = house.House()
        for name, secret in (("key", stripe_fake.SECRET_KEY),
                             ("hook", stripe_fake.WEBHOOK_SECRET)):
            (self.house.base / name).write_text(secret + "\n")
        self.house.flags = ("--stripe-key-file", str(self.house.base / "key"),
                            "--stripe-webhook-secret-file", str(self.house.base / "hook"),
                            "--stripe-url", fake.url)
        self.house.goods("bikes", [("B-1", "200.00", 100)])
        self.house.serve()
        self.client = self.house.client()
        self.events = 0

    def buy(self, method, key):
        return self.client.request(
            "POST", "/api/v1/checkouts/express",
            house.express([("bikes", "B-1", 1)], method="stripe", token=method),
            {"Idempotency-Key": key})

    def state(self, placed):
        found = self.client.request("GET", f"/api/v1/orders/{placed['orders'][0]['id']}",
                                    headers={"Order-Token": placed["token"]})
        return found.json()["state"]

    def tell(self, kind, thing, number=None, **more):
        self.events += 1
        body, headers = stripe_fake.webhook(kind, thing, number or self.events, **more)
        return self.client.request("POST", PATH, body, headers)


def intent_of(shop, placed):
    wanted = placed["payment"]["id"]
    return next(i for i in shop.fake.intents.values() if i["metadata"]["payment"] == wanted)


def passing_trouble(shop):
    """429 and a 500 after success are tried again under the same key: one intent each."""
    for method in ("pm_ok", "pm_429", "pm_500"):
        before = len(shop.fake.intents)
        answer = shop.buy(method, method)
        house.check(answer.status == 201, f"{method}: {answer.text[:300]}")
        house.check(answer.json()["payment"]["state"] == "captured", answer.text[:300])
        house.check(len(shop.fake.intents) == before + 1, f"{method}: charged twice")


def decline(shop):
    answer = shop.buy("pm_decline", "decline")
    house.check(answer.status == 402, answer.text[:300])
    house.check(answer.json()["decline_code"] == "insufficient_funds", answer.text[:300])


def authentication(shop):
    """The shopper goes to the bank; only the webhook counts, twice and in the wrong order."""
    placed = shop.buy("pm_3ds", "3ds").json()
    house.check(placed["payment"]["action"].startswith("https://bank.example/"), str(placed))
    house.check(shop.state(placed) == "pending_payment", "paid before the bank has said so")
    intent = dict(intent_of(shop, placed))
    asking = dict(intent)
    intent.update(status="succeeded", amount_received=intent["amount"])
    for number in (9001, 9001):
        answer = shop.tell("payment_intent.succeeded", intent, number)
        house.check(answer.status == 200, answer.text)
    answer = shop.tell("payment_intent.requires_action", asking, 9000)
    house.check(answer.status == 200, answer.text)
    house.check(shop.state(placed) == "paid", "a late word undid the payment")


def forged(shop):
    """A webhook that is not signed by Stripe, too old or not understood changes nothing."""
    placed = shop.buy("pm_3ds", "forged").json()
    intent = dict(intent_of(shop, placed), status="succeeded")
    intent["amount_received"] = intent["amount"]
    wrong = shop.tell("payment_intent.succeeded", intent, secret="whsec_wrong")
    house.check(wrong.status == 401 and wrong.json()["code"] == "bad_signature", wrong.text)
    old = shop.tell("payment_intent.succeeded", intent, age=400)
    house.check(old.status == 401 and old.json()["code"] == "stale_signature", old.text)
    house.check(shop.state(placed) == "pending_payment", "a forged webhook was believed")
    foreign = dict(intent, metadata={})
    house.check(shop.tell("payment_intent.succeeded", foreign).status == 200, "foreign intent")
    house.check(shop.state(placed) == "pending_payment", "somebody else's payment was taken")


def lost(shop):
    """Every answer is lost, and the key conflicts: the order waits, nothing is charged twice."""
    before = len(shop.fake.intents)
    dropped = shop.buy("pm_drop", "drop").json()
    house.check(shop.state(dropped) == "pending_payment", str(dropped))
    house.check(len(shop.fake.intents) == before + 1, "charged more than once")
    conflict = shop.buy("pm_conflict", "conflict").json()
    house.check(shop.state(conflict) == "pending_payment", "a conflict is no decline")
    intent = intent_of(shop, dropped)
    house.check(shop.tell("payment_intent.succeeded", intent).status == 200, "webhook")
    house.check(shop.state(dropped) == "paid", "the webhook repairs what was lost")


def refunds_and_disputes(shop):
    placed = shop.buy("pm_ok", "refund").json()
    order = placed["orders"][0]["id"]
    answer = shop.client.request("POST", f"/api/v1/orders/{order}/cancellation", "{}",
                                 {"Order-Token": placed["token"]})
    house.check(answer.status == 200, answer.text[:300])
    house.check(house.wait_until(lambda: shop.fake.refunds), "no refund was asked for")
    refund = list(shop.fake.refunds.values())[-1]
    for _ in range(2):
        house.check(shop.tell("refund.updated", refund, 9100).status == 200, "refund webhook")
    disputed = shop.buy("pm_ok", "dispute").json()
    intent = intent_of(shop, disputed)
    dispute = {"id": "dp_1", "object": "dispute", "amount": intent["amount"], "currency": "eur",
               "payment_intent": intent["id"], "reason": "fraudulent", "status": "lost",
               "evidence_details": {"due_by": int(time.time()) + 86400}}
    for kind, status in (("closed", "lost"), ("created", "needs_response"), ("closed", "lost")):
        answer = shop.tell(f"charge.dispute.{kind}", dict(dispute, status=status))
        house.check(answer.status == 200, answer.text)
    checked = shop.house.verify()
    house.check(checked.get("chargebacks") == 1, f"chargebacks: {checked}")


def secrets(shop):
    text = (shop.house.base / "log").read_text(errors="replace")
    for secret in (stripe_fake.SECRET_KEY, stripe_fake.WEBHOOK_SECRET):
        house.check(secret not in text, "a secret is in the log")
    house.check(not shop.fake.complaints, str(shop.fake.complaints))


def mock_judges(program):
    """stripe-mock validates the parameters of each of our requests against the OpenAPI."""
    process = subprocess.Popen([program, "-http-port", "0", "-https-port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port = None
        for line in process.stdout:
            if "http" in line.lower() and "127.0.0.1:" in line.replace("[::]", "127.0.0.1"):
                port = int(line.replace("[::]", "127.0.0.1").rsplit(":", 1)[1].split()[0])
                break
        house.check(port, "stripe-mock opened no port")
        asked = [("/v1/payment_intents", {
            "amount": "20490", "currency": "eur", "payment_method": "pm_card_visa",
            "confirm": "true", "capture_method": "automatic", "metadata[payment]": "pay_1",
            "transfer_group": "grp_1", "return_url": "https://shop.example/back"}),
            ("/v1/payment_intents", {
                "amount": "100", "currency": "eur", "payment_method": "pm_card_visa",
                "confirm": "true", "capture_method": "manual", "metadata[payment]": "pay_2",
                "transfer_group": "grp_1", "customer": "cus_1", "off_session": "true"}),
            ("/v1/payment_intents/pi_1/capture", {"amount_to_capture": "100"}),
            ("/v1/payment_intents/pi_1/cancel", {}),
            ("/v1/refunds", {"payment_intent": "pi_1", "amount": "100",
                             "metadata[payment]": "pay_1", "metadata[operation]": "1"}),
            ("/v1/transfers", {"amount": "100", "currency": "eur", "destination": "acct_1",
                               "metadata[payout]": "pot_1", "metadata[merchant]": "mer_1"}),
            ("/v1/transfers/tr_1/reversals", {"amount": "100", "metadata[payout]": "pot_1"})]
        for path, form in asked:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", urllib.parse.urlencode(form).encode(),
                {"Authorization": "Bearer sk_test_123", "Idempotency-Key": path + str(len(form))})
            try:
                urllib.request.urlopen(request, timeout=10).read()
            except urllib.error.HTTPError as problem:
                raise house.Failure(f"{path}: {problem.code} {problem.read()[:300]}") from problem
    finally:
        process.kill()
        process.wait()


def main():
    results = house.Results()
    fake = stripe_fake.Stripe()
    shop = Shop(fake)
    with shop.house:
        for test in (passing_trouble, decline, authentication, forged, lost,
                     refunds_and_disputes, secrets):
            results.run("stripe " + test.__name__, test, shop)
    fake.stop()
    mock = os.environ.get("STRIPE_MOCK")
    if mock:
        results.run("stripe requests by its OpenAPI", mock_judges, mock)
    else:
        results.skip("stripe requests by its OpenAPI",
                     "STRIPE_MOCK is not set (go install github.com/stripe/stripe-mock@latest)")
    results.exit()


main()

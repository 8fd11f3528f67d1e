"""A Stripe of our own on loopback that misbehaves as the real one does. What happens is said by
the payment method: pm_ok, pm_429, pm_500 (done, but the answer is lost to a 500), pm_drop (done,
and the connection dies every time), pm_decline, pm_3ds, pm_conflict (the key belongs to another
request).
Keys are kept as Stripe keeps them: the same key and parameters give the first answer again, other
parameters are refused with idempotency_error."""
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse

VERSION = "2026-10-28.endive"
SECRET_KEY = "sk_test_of_the_fake"
WEBHOOK_SECRET = "whsec_of_the_fake_0123456789"


class Stripe:
    def __init__(self):
        self.lock = threading.Lock()
        self.intents, self.refunds, self.transfers = {}, {}, {}
        self.keys, self.tries = {}, {}
        self.requests, self.complaints = 0, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self, None)

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                outer.answer(self, self.rfile.read(size).decode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()

    def answer(self, handler, body):
        with self.lock:
            self.requests += 1
            status, out = self.decide(handler, body)
        if status is None:  # The answer is lost on the way.
            handler.close_connection = True
            handler.connection.close()
            return
        data = json.dumps(out).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def decide(self, handler, body):
        if handler.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
            return 401, error("invalid_request_error", "api_key")
        if handler.headers.get("Stripe-Version") != VERSION:
            self.complaints.append("version " + str(handler.headers.get("Stripe-Version")))
        path = urllib.parse.urlparse(handler.path)
        if body is None:
            return self.read(path)
        form = dict(urllib.parse.parse_qsl(body))
        key = handler.headers.get("Idempotency-Key")
        if not key:
            self.complaints.append("no key for " + handler.path)
        if key in self.keys:
            first_form, status, out = self.keys[key]
            if first_form != form:
                return 400, error("idempotency_error", "idempotency_key_in_use")
        else:
            status, out = self.write(path.path, form, key)
            if status not in (409, 429):
                self.keys[key] = (form, status, out)
        return self.lose(form, key, status, out)

    def lose(self, form, key, status, out):
        """What becomes of an answer on its way back."""
        tries = self.tries[key] = self.tries.get(key, 0) + 1
        method = form.get("payment_method", form.get("destination", ""))
        if method.endswith("_500") and tries == 1:
            return 500, error("api_error", "")
        if method.endswith("_drop"):
            return None, None
        return status, out

    def read(self, path):
        if path.path == "/v1/payment_intents":
            newest = sorted(self.intents.values(), key=lambda i: -i["created"])
            return 200, {"object": "list", "data": newest, "has_more": False}
        intent = self.intents.get(path.path.rsplit("/", 1)[-1])
        return (200, intent) if intent else (404, error("invalid_request_error",
                                                        "resource_missing"))

    def write(self, path, form, key):
        if path == "/v1/payment_intents":
            return self.create(form, key)
        if path == "/v1/refunds":
            return self.refund(form)
        if path == "/v1/transfers":
            if form["destination"].startswith("acct_gone"):
                return 400, error("invalid_request_error", "account_invalid")
            out = {"object": "transfer", "id": f"tr_{len(self.transfers) + 1}",
                   "amount": int(form["amount"]), "destination": form["destination"]}
            self.transfers[out["id"]] = out
            return 200, out
        return 404, error("invalid_request_error", "url_invalid")

    def create(self, form, key):
        method = form["payment_method"]
        if method == "pm_429" and self.tries.get(key, 0) == 0:
            return 429, error("rate_limit_error", "rate_limit")
        if method == "pm_conflict":
            return 400, error("idempotency_error", "idempotency_key_in_use")
        intent = {"object": "payment_intent", "id": f"pi_{len(self.intents) + 1}",
                  "amount": int(form["amount"]), "amount_received": 0,
                  "currency": form["currency"], "created": int(time.time()),
                  "capture_method": form["capture_method"],
                  "metadata": {"payment": form["metadata[payment]"]}, "status": "succeeded"}
        self.intents[intent["id"]] = intent
        if method == "pm_decline":
            intent["status"] = "requires_payment_method"
            return 402, {"error": {"type": "card_error", "code": "card_declined",
                                   "decline_code": "insufficient_funds",
                                   "payment_intent": intent}}
        if method == "pm_3ds":
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {
                "url": "https://bank.example/authenticate/" + intent["id"]}}
            return 200, intent
        intent["amount_received"] = intent["amount"]
        return 200, intent

    def refund(self, form):
        intent = self.intents[form["payment_intent"]]
        done = sum(r["amount"] for r in self.refunds.values()
                   if r["payment_intent"] == intent["id"])
        if done + int(form["amount"]) > intent["amount_received"]:
            return 400, error("invalid_request_error", "charge_already_refunded")
        out = {"object": "refund", "id": f"re_{len(self.refunds) + 1}", "status": "succeeded",
               "amount": int(form["amount"]), "currency": intent["currency"],
               "payment_intent": intent["id"],
               "metadata": {"payment": form["metadata[payment]"],
                            "operation": form["metadata[operation]"]}}
        self.refunds[out["id"]] = out
        return 200, out


def error(kind, code):
    return {"error": {"type": kind, "code": code, "message": "as the real one says"}}


def webhook(kind, thing, number, age=0, secret=WEBHOOK_SECRET):
    """Body and headers of an event as Stripe signs it."""
    at = int(time.time()) - age
    body = json.dumps({"id": f"evt_{number}", "object": "event", "type": kind, "created": at,
                       "data": {"object": thing}})
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={at},v1={mac}"}

#!/usr/bin/env python3
"""Runs tests/api/*.scenario, each against a server of its own. A scenario is text:

    One sentence that says what it proves.
    flags: --test-payments            (of serve; optional)
    goods: shop SKU=PRICE:STOCK …     (imported before it starts)
    user: NAME ROLE                   ({NAME} is a token; NAME@shop.example)

    POST /api/v1/carts                a request; headers and a JSON body may follow
    Cart-Token: {token}
    {"currency": "EUR"}
    --- 201                           the answer's status, then what must hold of its JSON
    currency = "EUR"
    lines.length = 0
    save cart = id                    {cart} from here on

    clock +1800                       moves the server's time (needs --test-clock)
    verify                            every ledger agrees with its balances
    restart                           stop and serve again
"""
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
METHODS = ("GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ")


def fill(text, names):
    return re.sub(r"\{(\w+)\}", lambda m: str(names.get(m[1], m[0])), text)


def look(value, path):
    """`orders[0].total.amount`; `.length` of a list or text; None where there is nothing."""
    for part in re.findall(r"[^.\[\]]+", path):
        if part == "length" and isinstance(value, (list, str)):
            value = len(value)
        elif isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def judge(line, answer, names):
    if line.startswith("save "):
        name, path = re.match(r"save (\w+) = (\S+)$", line).groups()
        names[name] = look(answer.json(), path)
        house.check(names[name] is not None, f"nothing at {path} in {answer.text[:300]}")
        return
    if line.startswith("header "):
        name, wanted = re.match(r"header ([\w-]+) ?= ?(.*)$", line).groups()
        house.check(answer.headers.get(name) == fill(wanted, names),
                    f"{name} is {answer.headers.get(name)!r} when {wanted!r} was expected")
        return
    if line.startswith("text has "):
        wanted = fill(line[9:], names)
        house.check(wanted in answer.text, f"no {wanted!r} in {answer.text[:300]}")
        return
    if line.startswith("text lacks "):
        house.check(fill(line[11:], names) not in answer.text, f"{line} in {answer.text[:300]}")
        return
    match = re.match(r"(\S+) (=|!=|>|has) (.*)$", line)
    house.check(match, f"not understood: {line}")
    path, operator, wanted = match.groups()
    wanted = json.loads(fill(wanted, names))
    found = look(answer.json(), path)
    if operator == "=":
        holds = found == wanted
    elif operator == "!=":
        holds = found != wanted
    elif operator == ">":
        holds = isinstance(found, (int, float)) and found > wanted
    else:
        holds = found is not None and wanted in found
    house.check(holds, f"{path} is {json.dumps(found)} when {operator} {json.dumps(wanted)} was "
                       f"expected in {answer.text[:400]}")


class Scenario:
    def __init__(self, path):
        lines = path.read_text(encoding="utf-8").splitlines()
        self.title = lines[0].strip().rstrip(".")
        self.flags, self.goods, self.users = ["--test-payments", "--test-clock"], [], []
        at = 1
        while at < len(lines) and lines[at].strip():
            key, _, value = lines[at].partition(":")
            if key == "flags":
                self.flags = value.split()
            elif key == "goods":
                self.goods.append(value.split())
            elif key == "user":
                self.users.append(value.split())
            else:
                raise house.Failure(f"{path.name}: not understood: {lines[at]}")
            at += 1
        self.blocks = [b.strip() for b in re.split(r"\n\s*\n", "\n".join(lines[at:])) if b.strip()]

    def run(self):
        names = {}
        with house.House(*self.flags) as place:
            for merchant, *rows in self.goods:
                place.goods(merchant, [re.match(r"(\S+)=([\d.]+):(\d+)$", r).groups()
                                       for r in rows])
            place.serve()
            for name, role in self.users:
                names[name] = place.user(f"{name}@shop.example", role)
            for block in self.blocks:
                self.step(block, place, names)
            place.stop()

    def step(self, block, place, names):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            return
        head = lines[0].strip()
        if head.startswith("clock +"):
            answer = place.client().request("POST", "/api/v1/test/clock",
                                            {"advance_seconds": int(head[7:])})
            house.check(answer.status == 200, f"clock: {answer.status} {answer.text}")
        elif head == "verify":
            place.verify()
        elif head == "restart":
            place.stop()
            place.serve()
        else:
            self.request(lines, place, names)

    def request(self, lines, place, names):
        house.check(lines[0].startswith(METHODS), f"not understood: {lines[0]}")
        method, path = fill(lines[0], names).split(" ", 1)
        at, headers, body = 1, {}, []
        while at < len(lines) and re.match(r"[A-Z][\w-]*: ", lines[at]):
            name, value = lines[at].split(": ", 1)
            headers[name] = fill(value, names)
            at += 1
        while at < len(lines) and not lines[at].startswith("---"):
            body.append(fill(lines[at], names))
            at += 1
        house.check(at < len(lines), f"{lines[0]}: no expected status")
        answer = place.client().request(method, path.strip(), "\n".join(body) if body else None,
                                        headers)
        wanted = int(lines[at][3:])
        house.check(answer.status == wanted, f"{method} {path}: {answer.status} when {wanted} was "
                                             f"expected: {answer.text[:400]}")
        for line in lines[at + 1:]:
            try:
                judge(line.strip(), answer, names)
            except house.Failure as failure:
                raise house.Failure(f"{method} {path}: {failure}") from None


def main():
    results = house.Results()
    only = os.environ.get("FONDACO_SCENARIO", "")
    for path in sorted(HERE.glob("*.scenario")):
        if only in path.name:
            results.run(f"scenario {path.stem}", lambda p=path: Scenario(p).run())
    results.exit()


if __name__ == "__main__":
    main()

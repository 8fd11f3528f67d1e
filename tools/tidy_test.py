#!/usr/bin/env python3
"""Proves every rule of tidy.py: a tiny tree that must be flagged, and one that must pass.

Prints `ok NAME` or `not ok NAME: why`, one line per tree.
"""
import pathlib
import sys
import tempfile

import tidy

MODULES = {
    "src/base/CMakeLists.txt": "fondaco_module(NAME base SOURCES base.cc)\n",
    "src/storage/CMakeLists.txt": "fondaco_module(NAME storage DEPENDS base SOURCES a.cc)\n",
    "src/http/CMakeLists.txt": "fondaco_module(NAME http DEPENDS base SOURCES a.cc)\n",
    "src/ledger/CMakeLists.txt": "fondaco_module(NAME ledger DEPENDS base storage SOURCES a.cc)\n",
    "src/orders/CMakeLists.txt":
        "fondaco_module(NAME orders DEPENDS base storage  # nothing else\n"
        "  SOURCES a.cc TESTS a_test.cc TEST_DEPENDS ledger API api.cc API_DEPENDS shoppers)\n",
}


def sql(text, name="orders.x", more=""):
    return f'constexpr storage::Sql kX{{"{name}", R"sql(\n{text}\n)sql"{more}}};\n'


def body(lines):
    return "namespace a {\nclass B {\n  int c() {\n" + "    d();\n" * lines + "  }\n};\n}\n"


A, T, API, S = ("src/orders/a.cc", "src/orders/a_test.cc", "src/orders/api.cc",
                "src/orders/schema/0001_init.sql")
LOCAL = "-- table: local\nCREATE TABLE orders_a (\n  id BIGINT NOT NULL,\n  note TEXT,\n" \
        "  code TEXT,\n  PRIMARY KEY (id)\n);\nCREATE INDEX orders_a_code ON orders_a (code);\n"
PG = ', R"sql(SELECT $1::BIGINT)sql"'

CASES = [  # (rule, what, file, text that must be flagged, text that must pass)
    ("include", "parent", A, '#include "../ledger/x.h"\n', '// #include "../ledger/x.h"\n'),
    ("include", "sqlite", A, "#include <sqlite3.h>\n", "#include <string>\n"),
    ("include", "libpq", A, "#include <libpq-fe.h>\n", "#include <libpqx.h>\n"),
    ("include", "beast", A, "#include <boost/beast/core.hpp>\n", "#include <boost/json.hpp>\n"),
    ("undeclared", "module", A, "#include <fondaco/ledger.h>\n", "#include <fondaco/storage.h>\n"),
    ("undeclared", "http below", A, "#include <fondaco/http/router.h>\n",
     "#include <fondaco/orders/cart.h>\n"),
    ("undeclared", "api", API, "#include <fondaco/ledger.h>\n",
     "#include <fondaco/http/router.h>\n#include <fondaco/shoppers.h>\n"),
    ("undeclared", "test", T, "#include <fondaco/catalog.h>\n", "#include <fondaco/ledger.h>\n"),
    ("table", "foreign", A, sql("SELECT a FROM ledger_account"), sql("SELECT a FROM orders_line")),
    ("table", "join", A, sql("SELECT 1 FROM orders_a JOIN ledger_a ON 1 = 1"),
     sql("WITH ledger_a AS (SELECT 1 FROM orders_a) SELECT 1 FROM ledger_a")),
    ("table", "insert", A, sql("INSERT INTO ledger_a (id) VALUES ($1)"),
     sql("INSERT INTO orders_a (id) VALUES ($1) ON CONFLICT DO UPDATE SET id = 1")),
    ("table", "view", A, sql("SELECT a FROM pub_ledger_totals"),
     sql("SELECT a FROM pub_orders_totals WHERE a IS DISTINCT FROM b")),
    ("table", "in a test", T, 'run({"t", "SELECT a FROM ledger_a"});\n',
     'run({"t", "SELECT a FROM orders_a"});\n'),
    ("table", "reference", S, LOCAL + "ALTER TABLE ledger_a ADD b BIGINT;\n", LOCAL),
    ("sql", "cast", A, sql("SELECT a::BIGINT FROM orders_a"), sql("SELECT CAST(a AS BIGINT)")),
    ("sql", "like", A, sql("SELECT a FROM orders_a WHERE a LIKE $1"),
     sql("SELECT a FROM orders_a WHERE a = 'LIKE' -- LIKE")),
    ("sql", "lock", A, sql("SELECT a FROM orders_a FOR UPDATE"),
     sql("SELECT a FROM orders_a FOR UPDATE", "orders.take.batch")),
    ("sql", "sum", A, sql("SELECT SUM(a) FROM orders_a"),
     sql("SELECT CAST(COALESCE(SUM(a), 0) - SUM(b) AS BIGINT) FROM orders_a")),
    ("sql", "sum in batch", A, sql("SELECT SUM(a) FROM orders_a", "orders.x.batch"),
     sql("SELECT SUM(a)::BIGINT FROM orders_a", "orders.x.batch")),
    ("sql", "trigger", A, sql("CREATE TRIGGER orders_t AFTER INSERT ON orders_a"),
     sql("SELECT a FROM orders_a WHERE kind = 'TRIGGER'")),
    ("sql", "sequence", A, sql("SELECT nextval('orders_s')"), sql("SELECT sequence FROM orders_a")),
    ("sql", "now", A, sql("SELECT now()"), sql("SELECT known FROM orders_a WHERE at < $1")),
    ("sql", "serial", S, LOCAL.replace("note TEXT", "note BIGSERIAL"), LOCAL),
    ("sql", "type", S, LOCAL.replace("note TEXT", "note VARCHAR(9)"), LOCAL),
    ("sql", "kind of table", S, LOCAL.replace("-- table: local\n", ""),
     LOCAL.replace("-- table: local\n", "-- table: distributed(merchant)\n-- One per basket.\n")),
    ("sql-name", "two engines", A, sql("SELECT 1", more=PG), sql("SELECT 1", "orders.y.batch", PG)),
    ("sql-name", "other module", A, sql("SELECT 1", "ledger.x"), sql("SELECT 1", "orders.x")),
    ("sql-name", "no constant", A, 'tx.exec("SELECT a FROM orders_a");\n',
     'log("SELECT is a word");\n'),
    ("money", "double", A, "double total_price = 0;\n", "double price_seconds = 0; Money fee;\n"),
    ("money", "vector", A, "std::vector<double> fees;\n", "std::vector<double> weights;\n"),
    ("print", "cout", A, "std::cout << 1;\n", 'snprintf(b, 9, "std::cout");\n'),
    ("clock", "now", A, "auto t = std::chrono::system_clock::now();\n", "steady_clock::now();\n"),
    ("random", "device", A, "std::random_device d;\n", "random.next();\n"),
    ("environment", "getenv", A, 'getenv("HOME");\n', "configuration.home;\n"),
    ("await", "aggregate", A, "co_await f(Request{.a = 1});\n",
     "auto r = Request{.a = 1};\nco_await f(std::move(r));\nreturn Reply{1};\n"),
    ("await", "nested", A, "co_await g(a, h(b, {1, 2}));\n",
     "if (co_await g(a[1])) { f(A{1}); }\n"),
    ("await", "lambda", A, "co_await f([this] { g(); });\n", "co_await f([] { g(); });\n"),
    ("name", "literal", A, 'title("Fondaco shop");\n',
     'namespace fondaco {}  // fondaco\nlog(getenv_name("FONDACO_PG"));\n'),
    ("name", "template", "web/shop/home.mustache", "<h1>fondaco</h1>\n", "<h1>{{product}}</h1>\n"),
    ("columns", "code", A, "// " + "x" * 98 + "\n", "// http://" + "x" * 98 + "\n"),
    ("file-length", "code", A, "\n" * 601, "\n" * 600),
    ("function-length", "method", A, body(70), body(60) + body(60)),
    ("function-length", "python", "tools/a.py", "def f():\n" + "    g()\n" * 70,
     "def f():\n" + "    g()\n" * 69),
    ("whitespace", "end", A, "int a; \n", "int a;\n"),
    ("unfinished", "word", "docs/a.md", "TODO write\n", "Todos are issues; /tmp/aXXXXXX\n"),
]

PASSES = {  # Trees that must stay silent as a whole.
    "long namespace": {A: "namespace a {\n" + "int b();\n" * 200 + "}  // namespace a\n"},
    "macro before namespace": {A: "NAME_IT(A, (b))\n\nnamespace {\n" + "int b();\n" * 99 + "}\n"},
    "toy table of a test": {T: 'run("CREATE TABLE toy (a BIGINT)");\nrun("DELETE FROM toy ");\n'},
    "engine of storage": {"src/storage/a.cc": sql("BEGIN IMMEDIATE", "sqlite.begin")},
    "long table": {A: "constexpr int k[] = {\n" + "    1,\n" * 200 + "};\n"},
    "initialiser list": {A: "A::A(int b)\n    : b_{b}, c_(b) {\n" + "  d();\n" * 30 + "}\n"},
    "template class": {A: "template <class T, int N = f(1)>\nclass A : public B<T> {\n"
                          + "  int c() const { return 1; }\n" * 100 + "};\n"},
    "digit separators": {A: "constexpr auto k = 1'000'000;\nint a = '\"';\n// it's\n"},
    "excused": {A: "std::random_device d;  // tidy: allow random because a test of the test\n"},
    "storage speaks both": {"src/storage/a.cc":
                            '#include <sqlite3.h>\nrun("SELECT a FROM sqlite_master");\n'},
    "http has beast": {"src/http/a.cc": "#include <boost/asio.hpp>\n"},
    "order by key": {S: LOCAL, A: sql("SELECT a FROM orders_a ORDER BY code, id DESC LIMIT 1")},
}

FLAGGED = {  # Trees in which one rule needs two files.
    "sql": {S: LOCAL, A: sql("SELECT a FROM orders_a ORDER BY note")},
    "sql-name": {"src/orders/a.cc": sql("SELECT 1"), "src/orders/b.cc": sql("SELECT 2")},
}


def run(files):
    """The rules that a tree of files breaks, with their messages."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**MODULES, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return tidy.findings(root)


def report(name, why):
    print(f"not ok {name}: {why}" if why else f"ok {name}")
    return bool(why)


def check_case(rule, what, path, bad, good):
    flagged, passed = run({path: bad}), run({path: good})
    why = ""
    if rule not in [f[2] for f in flagged]:
        why = f"the bad tree gives {flagged}"
    elif passed:
        why = f"the good tree gives {passed}"
    return report(f"{rule}, {what}", why)


def main():
    failures = sum(check_case(*case) for case in CASES)
    for what, files in PASSES.items():
        found = run(files)
        failures += report(f"passes, {what}", f"{found}" if found else "")
    for rule, files in FLAGGED.items():
        found = run(files)
        missing = rule not in [f[2] for f in found]
        failures += report(f"{rule}, over two files", f"{found}" if missing else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

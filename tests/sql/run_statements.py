#!/usr/bin/env python3
"""Every statement of the house is prepared on both engines, against the schema that the program
makes. A misspelt column, a type that only one engine infers or a table that is not there is found
here and not by the first shopper who needs that statement."""
import pathlib
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

sys.path.insert(0, str(house.ROOT / "tools"))
import tidy  # noqa: E402
import tidy_sql  # noqa: E402

POSTGRES_ONLY = re.compile(r"\bpg_\w+|\bcurrent_schema\b")  # storage asks that engine about itself.
FEWEST = 250  # Of the day this was written: fewer means that the reader of the sources is blind.


class Statement:
    def __init__(self, path, name, texts):
        self.where, self.name = f"{name} ({path})", name
        self.sqlite, self.postgres = texts[0], texts[-1]


def all_statements():
    """What `Sql{…}` declares in the sources; tests' own left out."""
    found = []
    for path in sorted((house.ROOT / "src").rglob("*")):
        if path.suffix not in (".cc", ".h"):
            continue
        source = tidy.Source(str(path.relative_to(house.ROOT)), path.read_text(encoding="utf-8"))
        if source.is_test:
            continue
        for statement, _ in tidy_sql.declared_statements(source):
            if statement.texts:
                texts = [text for _, text in statement.texts]
                found.append(Statement(source.path, statement.name, texts))
    return found


def on_sqlite(statements):
    """Each must be understood by one of the files; a statement names tables of one file only."""
    refused = []
    with house.House() as place:
        place.run("migrate")
        files = [sqlite3.connect(p) for p in sorted(place.data.glob("*.db"))]
        house.check(files, f"no database in {list(place.data.iterdir())}")
        for s in statements:
            if s.name.startswith("storage.") and POSTGRES_ONLY.search(s.sqlite):
                continue
            why = [why for why in (sqlite_refusal(f, s.sqlite) for f in files) if why]
            if len(why) == len(files):
                told = [w for w in why if "no such table" not in w] or why
                refused.append(f"{s.where}: {told[0]}")
        for f in files:
            f.close()
    house.check(not refused, f"{len(refused)} refused: " + " | ".join(refused[:10]))


def sqlite_refusal(file, text):
    if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE)\b", text, re.I):
        return None  # BEGIN, SAVEPOINT and the like name no table.
    try:
        file.execute("EXPLAIN " + text, {n: None for n in re.findall(r"\$(\d+)", text)})
        return None
    except sqlite3.Error as error:
        return str(error)


def on_postgres(statements, url):
    database = house.fresh_database(url, "statements")
    with house.House(database=database) as place:
        place.run("migrate")
    script, prepared = [], []
    for s in statements:
        if s.name.startswith("sqlite.") or not re.match(
                r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)\b", s.postgres, re.I):
            continue
        script += [f"\\warn @{len(prepared)}", f"PREPARE s{len(prepared)} AS {s.postgres};"]
        prepared.append(s)
    done = subprocess.run(["psql", database, "-qX"], input="\n".join(script), text=True,
                          capture_output=True, check=False)
    refused, at = [], 0
    for line in done.stderr.splitlines():
        if line.startswith("@"):
            at = int(line[1:])
        elif "ERROR:" in line:
            refused.append(f"{prepared[at].where}: {line.split('ERROR:')[1].strip()}")
    house.check(at == len(prepared) - 1, f"psql came to statement {at} of {len(prepared)}")
    house.check(not refused, f"{len(refused)} refused: " + " | ".join(refused[:10]))


def main():
    results = house.Results()
    statements = all_statements()
    print(f"# {len(statements)} statements")
    results.run("statements: all are found", lambda: house.check(
        len(statements) >= FEWEST, f"{len(statements)} found, at least {FEWEST} expected"))
    results.run("statements: SQLite prepares each", on_sqlite, statements)
    if house.postgres():
        results.run("statements: PostgreSQL prepares each", on_postgres, statements,
                    house.postgres())
    else:
        results.skip("statements: PostgreSQL prepares each", "FONDACO_TEST_PG is not set")
    results.exit()


if __name__ == "__main__":
    main()

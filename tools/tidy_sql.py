"""The part of tidy.py that reads SQL: statements in C++ and schema files.

A statement is `constexpr storage::Sql kName{"module.name", R"sql(…)sql"};`; a third member, the
PostgreSQL text, is allowed only where the name ends in `.batch`.
"""
import re

BATCH = ".batch"
SQL_START = re.compile(
    r"\s*(?:SELECT\s(?=.*\sFROM\s|\s*\d)|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|"
    r"REPLACE\s+INTO\s|WITH\s+\w+\s+AS\s|CREATE\s+(?:TABLE|INDEX|UNIQUE|VIEW)\s|"
    r"ALTER\s+TABLE\s|DROP\s+(?:TABLE|INDEX|VIEW)\s)", re.S)
DECLARATION = re.compile(r"\bSql\b\s*\w*\s*\{")
SINGLE_ENGINE = {  # Refused outside .batch.
    re.compile(r"::"): ":: is PostgreSQL only, use CAST",
    re.compile(r"\b(?:I?LIKE|SIMILAR\s+TO|GLOB)\b", re.I): "LIKE differs between the engines",
    re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b", re.I):
        "FOR UPDATE is PostgreSQL only",
}
NEVER = {
    re.compile(r"\bTRIGGER\b", re.I): "no triggers: the code says what happens",
    re.compile(r"\bCREATE\s+SEQUENCE\b|\bnextval\s*\(", re.I): "no sequences: ids are made by us",
    re.compile(r"\b(?:BIG|SMALL)?SERIAL\b|\bAUTOINCREMENT\b|\bAS\s+IDENTITY\b", re.I):
        "no serial columns: ids are made by us",
    re.compile(r"\bnow\s*\(|\bCURRENT_(?:TIMESTAMP|DATE|TIME)\b|\bstrftime\s*\(", re.I):
        "no clock in SQL: time is passed in",
}
TYPES = re.compile(r"\b(?:VARCHAR|CHAR|TIMESTAMPTZ|TIMESTAMP|JSONB|UUID|BOOLEAN|REAL|NUMERIC|"
                   r"DECIMAL|BLOB|INTEGER|INT|SMALLINT)\b")
CREATE = re.compile(r"^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.M | re.I)
TABLE = re.compile(r"(?<!\bDISTINCT )\b(?:FROM|JOIN|INTO|REFERENCES|TRUNCATE|"
                   r"UPDATE(?:\s+OR\s+\w+)?|"
                   r"(?:TABLE|VIEW)(?:\s+IF\s+(?:NOT\s+)?EXISTS)?|"
                   r"INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+ON)\s+(\w+)\b(?!\s*\()", re.I)
INSERTED = re.compile(r"\b(?:INTO|REFERENCES|TABLE(?:\s+IF\s+NOT\s+EXISTS)?|"
                      r"INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+ON)\s+(\w+)\s*\(", re.I)
WITH_NAME = re.compile(r"\b(\w+)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", re.I)
NO_TABLE = {"set", "select", "values", "lateral", "only", "excluded", "of", "if", "as"}
KIND = re.compile(r"-- table: (?:distributed\((?:merchant|shopper)\)|reference|local)\s*$")


def bare(text):
    """The statement without comments and with empty string constants, same length."""
    blank = lambda found: re.sub(r"[^\n]", " ", found[0])
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", blank, text)


class Statement:
    def __init__(self, offset, name, texts):
        self.offset, self.name, self.texts = offset, name, texts  # texts: (offset, text)

    @property
    def is_batch(self):
        return self.name.endswith(BATCH)


def closing_brace(code, at):
    depth = 0
    for found in re.compile(r"[{}]").finditer(code, at):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.start()
    return len(code)


def declared_statements(source):
    """Every `Sql name{"…", "…"}` of a C++ file."""
    for found in DECLARATION.finditer(source.code) if "Sql" in source.code else ():
        start, end = found.end() - 1, closing_brace(source.code, found.end() - 1)
        inside = [l for l in source.literals if start < l[0] < end]
        members = []
        for offset, after, content in inside:
            adjacent = members and not source.code[members[-1][1]:offset].strip()
            if adjacent:  # "a" "b" is one text.
                members[-1] = (members[-1][0], after, members[-1][2] + content)
            else:
                members.append((offset, after, content))
        if members and re.fullmatch(r"[\w.]+", members[0][2]):
            texts = [(offset, text) for offset, _, text in members[1:]]
            yield Statement(found.start(), members[0][2], texts), (start, end)


def loose_statements(source, spans):
    """Literals that read like SQL and stand in no declared statement."""
    for offset, _, content in source.literals:
        inside = any(start < offset < end for start, end in spans)
        if not inside and SQL_START.match(content):
            yield offset, content


def enclosing_words(text, at):
    """Words before the brackets around `at`: CAST(COALESCE(SUM( gives COALESCE, CAST."""
    depth = 0
    for i in range(at - 1, -1, -1):
        if text[i] == ")":
            depth += 1
        elif text[i] == "(":
            if depth == 0:
                word = re.search(r"(\w+)\s*$", text[:i])
                yield word[1].upper() if word else ""
            else:
                depth -= 1


def bare_sums(text, is_batch):
    for found in re.finditer(r"\bSUM\s*\(", text, re.I):
        cast = "CAST" in enclosing_words(text, found.start())
        if not cast and is_batch:
            cast = re.match(r"\([^()]*(?:\([^()]*\)[^()]*)*\)\s*::", text[found.end() - 1:])
        if not cast:
            yield found.start()


def dialect(text, is_batch):
    """(offset, message) for what one engine or Citus would refuse."""
    for pattern, message in (NEVER if is_batch else {**NEVER, **SINGLE_ENGINE}).items():
        for found in pattern.finditer(text):
            yield found.start(), message
    for offset in bare_sums(text, is_batch):
        yield offset, "SUM of BIGINT is NUMERIC on PostgreSQL: CAST(SUM(…) AS BIGINT)"


def tables(text):
    """(offset, table) of every table or view a text names; names made by WITH left out."""
    made = {name.lower() for name in WITH_NAME.findall(text)} | NO_TABLE
    for pattern in (TABLE, INSERTED):
        for found in pattern.finditer(text):
            if found[1].lower() not in made and not found[1].isdigit():
                yield found.start(1), found[1].lower()


def foreign(table, source, house):
    """Why this file may not name this table, or None."""
    owner = source.module
    if table.startswith(owner + "_"):
        return None
    if owner == "storage" and table.startswith(("sqlite_", "pg_", "information_schema", "pragma_")):
        return None
    view = re.match(r"pub_([a-z]+)_", table)
    if view:
        module = house.modules.get(owner)
        known = module is None or view[1] in module.may_use(source)
        return None if known else f"{owner} reads {table} but does not declare {view[1]}"
    return f"{owner} names the table {table}: not its own"


def table_findings(offset, text, source, house):
    for at, table in tables(text):
        toy = source.is_test and re.search(rf"\bCREATE\s+TABLE\s+{table}\b", source.text)
        why = None if toy else foreign(table, source, house)
        if why:
            yield offset + at, "table", why


class Columns:
    """TEXT columns of the schema that no key covers: their order is nobody's promise."""

    TABLE = re.compile(r"CREATE\s+TABLE\s+(\w+)\s*\((.*?)\n\)", re.S | re.I)
    INDEX = re.compile(r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+\w+\s+ON\s+(\w+)\s*\(([^)]*)\)", re.I)

    def __init__(self, schemas):
        self.text, self.all = {}, {}
        keys = {}
        for schema in map(bare, schemas):
            for table, body in self.TABLE.findall(schema):
                self._read_table(table, body, keys)
            for table, columns in self.INDEX.findall(schema):
                keys.setdefault(table, set()).update(re.findall(r"\w+", columns))
        for table, columns in self.text.items():
            columns -= keys.get(table, set())

    def _read_table(self, table, body, keys):
        covered = keys.setdefault(table, set())
        for columns in re.findall(r"(?:PRIMARY\s+KEY|UNIQUE)\s*\(([^)]*)\)", body, re.I):
            covered.update(re.findall(r"\w+", columns))
        for line in body.splitlines():
            found = re.match(r"\s*(\w+)\s+(TEXT|BIGINT|BYTEA|DOUBLE)\b(.*)", line)
            if found:
                self.all.setdefault(table, set()).add(found[1])
                if found[2] == "TEXT":
                    self.text.setdefault(table, set()).add(found[1])
                if re.search(r"PRIMARY KEY|UNIQUE", found[3]):
                    covered.add(found[1])

    def unordered(self, text):
        """(offset, column) of ORDER BY on a TEXT column that is no key of a table named here."""
        named = {table for _, table in tables(text)} & set(self.all)
        for clause in re.finditer(r"\bORDER\s+BY\s+([\w.,\s$]+)", text, re.I):
            for found in re.finditer(r"(?:\w+\.)?(\w+)", clause[1]):
                having = [t for t in named if found[1] in self.all[t]]
                if having and all(found[1] in self.text.get(t, ()) for t in having):
                    yield clause.start(1) + found.start(), found[1]


def check_statement(statement, source, house):
    if len(statement.texts) > 1 and not statement.is_batch:
        yield (statement.offset, "sql-name",
               f"{statement.name} has one text per engine but does not end in {BATCH}")
    for offset, text in statement.texts:
        clean = bare(text)
        for at, message in dialect(clean, statement.is_batch):
            yield offset + at, "sql", f"{statement.name}: {message}"
        for at, column in house.columns.unordered(clean):
            yield offset + at, "sql", f"{statement.name}: ORDER BY {column}: text that is no key"
        yield from table_findings(offset, clean, source, house)


def check_name(statement, source, house):
    prefixes = [source.module + "."]
    if source.module == "storage":
        prefixes += ["sqlite.", "postgres."]  # begin, commit and the like of one engine
    if not statement.name.startswith(tuple(prefixes)):
        yield (statement.offset, "sql-name",
               f'"{statement.name}" should be "{source.module}.<what it does>"')
    first = house.statements.setdefault(statement.name, source.path)
    if first != source.path:
        yield statement.offset, "sql-name", f"{statement.name} is used in {first} too"


def check_cpp(source, house):
    """Statements run on both engines and name only tables of their own module."""
    if not source.module:
        return
    spans = []
    for statement, span in declared_statements(source):
        spans.append(span)
        if not source.is_test:
            yield from check_name(statement, source, house)
        yield from check_statement(statement, source, house)
    for offset, content in loose_statements(source, spans):
        if source.module == "storage":
            continue  # It talks to each engine in that engine's own words.
        if source.is_test:
            yield from table_findings(offset, bare(content), source, house)
        else:
            yield offset, "sql-name", "a statement is a named storage::Sql constant"


def check_schema(source, house):
    """Schema files: one text for both engines, every table says where its rows live."""
    text = bare(source.text)
    for at, message in dialect(text, is_batch=False):
        yield at, "sql", message
    for found in TYPES.finditer(text):
        yield (found.start(), "sql",
               f"{found[0]}: columns are BIGINT, TEXT, BYTEA or DOUBLE PRECISION")
    yield from table_findings(0, text, source, house)
    for found in CREATE.finditer(text):
        above = source.text[:found.start(1)].rstrip().splitlines()[:-1]
        comments = []
        while above and (above[-1].startswith("--") or not above[-1].strip()):
            comments.append(above.pop())
        if not any(KIND.match(line) for line in comments):
            yield (found.start(1), "sql",
                   f"{found[1]} needs a line `-- table: distributed(merchant) | "
                   "distributed(shopper) | reference | local` above it")

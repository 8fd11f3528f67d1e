#!/usr/bin/env python3
"""House rules that no compiler checks: the test `tidy`. Prints FILE:LINE: rule: message.

tidy.py [--root DIR]     exit code 1 when something is found
One line can be excused where it stands: `// tidy: allow RULE because REASON`.
"""
import argparse
import ast
import bisect
import pathlib
import re
import subprocess
import sys

import tidy_sql

COLUMNS, FILE_LINES, FUNCTION_LINES = 100, 600, 70
CPP = {".h", ".cc"}
CODE = CPP | {".sql", ".py", ".cmake", ".sh", ".txt"}
TEXT = CODE | {".md", ".mustache", ".html", ".css", ".ts", ".tsx", ".toml", ".yml"}
SKIPPED = ("bench/ceiling/", "build/", "node_modules/", "web/node_modules/", "tests/data/",
           "tests/fixtures/",
           "fuzz/corpus/", "demo/catalogue/", "third_party/")
SELF = ("tools/tidy.py", "tools/tidy_sql.py", "tools/tidy_test.py")  # They spell what they ban.

LEXEME = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | R"(?P<fence>[^()\s\\]{0,16})\((?P<raw>.*?)\)(?P=fence)"
      | "(?P<plain>(?:[^"\\\n]|\\.)*)"
      | (?<![0-9a-fA-F])'(?:[^'\\\n]|\\[^\n][0-9a-fA-F]*)'""", re.S | re.X)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)
UNFINISHED = re.compile(r"\b(?:FIXME|TODO|XXX)\b")
ALLOW = re.compile(r"tidy: allow ([\w-]+) because \w")
NAME = re.compile(r"fondaco(?!_[A-Z])", re.I)

MONEY = re.compile(r"\b(?:double|float)\b[>&*\s]+(\w+)")
MONEY_WORDS = set("price prices amount amounts total totals subtotal fee fees cost costs money "
                  "commission payout balance tax duty discount revenue refund deposit".split())
MEASURES = set("s ms us ns seconds minutes bytes kb mb count rows units grams score".split())

IN_HOUSE = [  # (rule, words to look for first, pattern in code, modules that may, instead)
    ("print", ("cout", "printf", "puts"),
     re.compile(r"\bstd::cout\b|(?<!\w)printf\s*\(|(?<!\w)puts\s*\("), {"server"},
     "use the log"),
    ("clock", ("system_clock",), re.compile(r"\bsystem_clock::now\b"), {"base", "server"},
     "use the clock passed in"),
    ("random", ("rand",), re.compile(r"\brandom_device\b|(?<![\w:.>])s?rand\s*\("),
     {"base", "server"}, "use the randomness passed in"),
    ("environment", ("getenv",), re.compile(r"\bgetenv\s*\("), {"base", "server"},
     "pass it as configuration"),
]
HEADERS = {  # include: (the module that may, areas outside src that may)
    re.compile(r"sqlite3\.h$|libpq-fe\.h$|libpq/"): ("storage", {"bench", "tests", "fuzz"}),
    re.compile(r"boost/(?:beast|asio)\b"): ("http", {"bench", "tests", "fuzz"}),
}


class Source:
    """One file: its text, and for C++ the same text with comments and literals blanked."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.parts = path.split("/")
        self.name = self.parts[-1]
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.module = self.parts[1] if self.parts[0] == "src" and len(self.parts) > 2 else None
        self.is_test = self.name.endswith("_test.cc") or "testing" in path
        self.newlines = [m.start() for m in re.finditer("\n", text)]
        self.literals = []  # (offset, end, content)
        self.code = self._blank() if self.suffix in CPP else ""

    def line(self, offset):
        return bisect.bisect_left(self.newlines, offset) + 1

    def line_text(self, number):
        start = self.newlines[number - 2] + 1 if number > 1 else 0
        return self.text[start:self.newlines[number - 1] if number <= len(self.newlines) else None]

    def _blank(self):
        pieces, at = [], 0
        for found in LEXEME.finditer(self.text):
            pieces.append(self.text[at:found.start()])
            at = found.end()
            pieces.append(re.sub(r"[^\n]", " ", found[0]))
            content = found["raw"] if found["raw"] is not None else found["plain"]
            if content is not None:
                self.literals.append((found.start(), at, content))
        pieces.append(self.text[at:])
        code = "".join(pieces)
        directives = [(m.start(), m.end()) for m in DIRECTIVE.finditer(code)]
        for start, end in reversed(directives):
            code = code[:start] + re.sub(r"[^\n]", " ", code[start:end]) + code[end:]
        includes = {self.line(m.start()) for m in INCLUDE.finditer(self.text)}
        self.literals = [l for l in self.literals if self.line(l[0]) not in includes]
        return code


class Module:
    """What one fondaco_module() call declares."""

    KEYS = ("NAME", "DEPENDS", "SOURCES", "TESTS", "LINK", "API", "API_DEPENDS", "TEST_DEPENDS")

    def __init__(self, words):
        values, key = {k: [] for k in self.KEYS}, None
        for word in words:
            if word in values:
                key = word
            elif key:
                values[key].append(word)
        self.name = (values["NAME"] or ["?"])[0]
        self.depends, self.tests, self.api = (values[k] for k in ("DEPENDS", "TESTS", "API"))
        self.api_depends, self.test_depends = values["API_DEPENDS"], values["TEST_DEPENDS"]

    def may_use(self, source):
        uses = [self.name, *self.depends]
        below = "/".join(source.parts[2:])
        is_api = below in self.api or re.search(r"(^|_)api(_\w+)?\.h$", source.name)
        if is_api or (source.is_test and self.api):
            uses += ["http", *self.api_depends]
        if source.is_test or below in self.tests:
            uses += self.test_depends
        return {u.removesuffix("_api") for u in uses}


def declared_modules(root):
    """Module name -> Module, from the CMakeLists.txt of every folder of src."""
    modules = {}
    for cmake in sorted(root.glob("src/*/CMakeLists.txt")):
        text = re.sub(r"#[^\n]*", "", cmake.read_text(encoding="utf-8"))
        found = re.search(r"\bfondaco_module\s*\(([^)]*)\)", text)
        if found:
            modules[cmake.parent.name] = Module(found[1].split())
    return modules


class House:
    """Everything a rule may need besides the file in its hand."""

    def __init__(self, root, sources):
        self.modules = declared_modules(root)
        self.columns = tidy_sql.Columns(s.text for s in sources if is_schema(s))
        self.statements = {}  # name -> where it was seen first


def is_schema(source):
    return source.suffix == ".sql" and source.module and "schema" in source.parts


def check_text(source, house):
    """Columns, trailing blanks, unfinished words, length of the file."""
    del house
    text = source.text  # Each search starts only when a quick look finds something.
    if " \n" in text or "\t\n" in text or text.endswith((" ", "\t")):
        for found in re.finditer(r"(?<=[ \t])$", text, re.M):
            yield found.start(), "whitespace", "trailing whitespace"
    if any(word in text for word in ("FIXME", "TODO", "XXX")) and source.path not in SELF:
        for found in UNFINISHED.finditer(text):
            yield found.start(), "unfinished", f"{found[0]}: finish it or write an issue"
    if source.suffix not in CODE:
        return
    if max(map(len, text.split("\n"))) > COLUMNS:
        for found in re.finditer(r"[^\n]{%d,}" % (COLUMNS + 1), text):
            if "://" not in found[0]:
                yield found.start(), "columns", f"{len(found[0])} columns, at most {COLUMNS}"
    lines = len(source.newlines)
    if lines > FILE_LINES and source.suffix != ".txt":
        yield 0, "file-length", f"{lines} lines, at most {FILE_LINES}: split it"


def check_includes(source, house):
    """Who may include what: no way round the public header, no library outside its one home."""
    module = house.modules.get(source.module)
    usable = module.may_use(source) if module else None
    for found in INCLUDE.finditer(source.text):
        path = found[1]
        if "../" in path:
            yield found.start(), "include", "../ is banned, use the module's public header"
        for pattern, (home, areas) in HEADERS.items():
            if pattern.search(path) and source.module != home and source.parts[0] not in areas:
                yield found.start(), "include", f"<{path}> is known to {home} only"
        house_header = re.match(r"fondaco/(\w+)[./]", path)
        if usable is not None and house_header and house_header[1] not in usable:
            yield (found.start(), "undeclared",
                   f"{source.module} uses {house_header[1]} but does not declare it")


def check_words(source, house):
    """Clock, randomness, environment and printing have their places; money is no float."""
    del house
    if source.parts[0] != "src":
        return
    for rule, words, pattern, homes, instead in IN_HOUSE:
        if source.module in homes or (rule == "environment" and source.is_test):
            continue
        if not any(word in source.code for word in words):
            continue
        for found in pattern.finditer(source.code):
            yield found.start(), rule, f"{found[0].rstrip(' (')} is banned here, {instead}"
    has_floats = "double" in source.code or "float" in source.code
    for found in MONEY.finditer(source.code) if has_floats else ():
        words = found[1].lower().strip("_").split("_")
        if MONEY_WORDS & set(words) and words[-1] not in MEASURES:
            yield found.start(), "money", f"{found[1]} is a floating number, use Money"


def owns_the_name(source):
    homes = ("src/base/product", "src/base/include/fondaco/base/product")
    return (source.module == "server" or source.is_test or "demo" in source.path
            or source.path.startswith(homes))


def check_name(source, house):
    """The product can be renamed in one place."""
    del house
    if owns_the_name(source):
        return
    if source.suffix in CPP and source.parts[0] == "src":
        for offset, _, content in source.literals:
            if NAME.search(content):
                yield offset, "name", "the product's name belongs to base/product"
    elif source.suffix in {".mustache", ".html"}:
        for found in NAME.finditer(source.text):
            yield found.start(), "name", "templates get the product's name as a value"


def expression_end(code, at):
    """End of the expression that starts at `at`: a comma or semicolon outside all brackets."""
    depth = 0
    for i in range(at, len(code)):
        letter = code[i]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth < 0:
                return i
        elif letter in ";," and depth == 0:
            return i
    return len(code)


AGGREGATE = re.compile(r"[(,]\s*(?:[A-Za-z_][\w:]*(?:<[^;(){}]*>)?)?\s*\{")
CAPTURE = re.compile(r"(?:[(,]|^)\s*\[\s*[^\]\s]")


def check_await(source, house):
    """GCC 12.2 destroys such temporaries too early: use after free."""
    del house
    if "co_await" not in source.code:
        return
    for found in re.finditer(r"\bco_await\b", source.code):
        expression = source.code[found.end():expression_end(source.code, found.end())]
        if AGGREGATE.search(expression):
            yield found.start(), "await", "aggregate temporary in co_await: name it first, move it"
        if CAPTURE.search(expression):
            yield found.start(), "await", "capturing lambda in co_await: name it first, move it"


SCOPE = re.compile(
    r"^\W*(?:template\s*<.*?>\s*)*(?:\[\[.*?\]\]\s*)?"
    r"(?:typedef\s+|static\s+|const\s+|inline\s+|constexpr\s+)*"
    r"(?:namespace|class|struct|union|enum|extern)\b", re.S)
AFTER_MACRO = re.compile(r"\)\s*(?:namespace|class|struct|enum)\b[^()]*$")  # NAME_IT(A) has no ;
SIGNATURE_END = re.compile(r"\)\s*(?:const|noexcept|override|\s)*$")


def kind_of_brace(head, inside):
    """scope, function or other, from the words before an opening brace."""
    if inside:
        return "other"
    if AFTER_MACRO.search(head) or (SCOPE.match(head) and not SIGNATURE_END.search(head)):
        return "scope"
    return "function" if ")" in head and head[-1] not in "=,(" else "other"


def functions(code):
    """(start, end) of the bodies of functions: braces after a parameter list at scope level."""
    stack, chunk, parens, inner = [], 0, 0, 0  # inner: open braces that are no scope
    for found in re.finditer(r"[{}();]", code):
        sign, at = found[0], found.start()
        if sign in "()":
            parens += 0 if inner else 1 if sign == "(" else -1
            continue
        if sign == "{":
            kind = "other" if inner else kind_of_brace(code[chunk:at].strip(), parens > 0)
            inner += kind != "scope"
            stack.append((kind, at))
        elif sign == "}" and stack:
            kind, start = stack.pop()
            inner -= kind != "scope"
            if kind == "function":
                yield start, at
        if parens <= 0:
            chunk, parens = at + 1, 0


def check_functions(source, house):
    """A function fits a screen."""
    del house
    if len(source.newlines) < FUNCTION_LINES:
        return
    if source.suffix == ".py":
        for node in ast.walk(ast.parse(source.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    yield (source.newlines[node.lineno - 2] + 1 if node.lineno > 1 else 0,
                           "function-length", f"{node.name} has {length} lines, at most 70")
        return
    for start, end in functions(source.code):
        length = source.line(end) - source.line(start) + 1
        if length > FUNCTION_LINES:
            yield start, "function-length", f"function of {length} lines, at most {FUNCTION_LINES}"


def rules_for(source):
    yield check_text
    if source.suffix in CPP:
        yield from (check_includes, check_words, check_name, check_await, check_functions)
        yield tidy_sql.check_cpp
    elif source.suffix == ".py":
        yield check_functions
    elif source.suffix in {".mustache", ".html"}:
        yield check_name
    elif is_schema(source):
        yield tidy_sql.check_schema


def names_of_files(root):
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
        return sorted(set(filter(None, listed.decode().split("\0"))))
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def read_sources(root):
    for name in names_of_files(root):
        path = root / name
        wanted = path.suffix in TEXT and not name.startswith(SKIPPED)
        if wanted and path.is_file():  # A file may be deleted and still be listed.
            yield Source(name, path.read_text(encoding="utf-8", errors="replace"))


def findings(root):
    """Sorted list of (file, line, rule, message) for a tree."""
    sources = list(read_sources(root))
    house, found = House(root, sources), []
    for source in sources:
        for rule in rules_for(source):
            for offset, name, message in rule(source, house):
                line = source.line(offset)
                excused = ALLOW.search(source.line_text(line))
                if not (excused and excused[1] == name):
                    found.append((source.path, line, name, message))
    return sorted(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=pathlib.Path, default=default)
    found = findings(parser.parse_args().root.resolve())
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The table of modules in ARCHITECTURE.md says what src/*/CMakeLists.txt declare.

check_architecture.py           a test: prints what differs, exit code 1
check_architecture.py --write   rewrites the table; what a module owns comes from its README.md
"""
import pathlib
import re
import sys

import tidy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- modules: written by tools/check_architecture.py -->\n", "<!-- end of modules -->"
HEAD = "| module | owns | depends on |\n|---|---|---|\n"


def storeys(root):
    """Modules in the order of the root CMakeLists.txt, lowest storey first."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"foreach\(module\s([^)]*)\)", text)
    return found[1].split() if found else []


def owns(root, module):
    """First sentence of the module's README below its title, without the word `Purpose:`."""
    try:
        text = (root / "src" / module / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ""
    paragraph = re.search(r"^#[^\n]*\n+([^\n#].*?)(?:\n\n|\n[-#|]|\Z)", text, re.S)
    words = " ".join(paragraph[1].split()) if paragraph else ""
    words = re.sub(r"^\**(?:Purpose|Owns)[:.]?\**:?\s*", "", words)
    sentence = re.split(r"(?<=[.!?])\s", words)[0].rstrip(".")
    return sentence.replace("|", "/")


def depends(module):
    text = ", ".join(module.depends) or "-"
    api = [m for m in module.api_depends if m not in ("http", *module.depends)]
    return text + (f"; its API: {', '.join(['http', *api])}" if module.api else "")


def rows(root):
    modules, order = tidy.declared_modules(root), storeys(root)
    known = [m for m in order if m in modules] + sorted(m for m in modules if m not in order)
    for name in known:
        yield f"| {name} | {owns(root, name)} | {depends(modules[name])} |\n"


def problems(root, table, written):
    for name in tidy.declared_modules(root):
        if not owns(root, name):
            yield f"src/{name}/README.md does not say what the module owns"
        if name not in storeys(root):
            yield f"CMakeLists.txt does not name {name} among its storeys"
    expected = table.splitlines()
    yield from (f"missing or changed: {line}" for line in expected if line not in written)
    yield from (f"not declared: {line}" for line in written if line not in expected)


def main():
    text = PAGE.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        print(f"{PAGE.name} has lost the marks around its table")
        return 1
    before, rest = text.split(BEGIN, 1)
    written, after = rest.split(END, 1)
    table = HEAD + "".join(rows(ROOT))
    if "--write" in sys.argv[1:]:
        written = table
        PAGE.write_text(before + BEGIN + written + END + after, encoding="utf-8")
    found = list(problems(ROOT, table, written.splitlines()))
    print("".join(f"{problem}\n" for problem in found), end="")
    if found:
        print("tools/check_architecture.py --write rewrites the table")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

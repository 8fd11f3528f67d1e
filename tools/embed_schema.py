#!/usr/bin/env python3
"""Writes the migrations of one module as a C++ file: embed_schema.py MODULE OUTPUT FILE.sql..."""
import pathlib
import sys


def main():
    module, output, *files = sys.argv[1:]
    rows = []
    for name in files:
        path = pathlib.Path(name)
        number = int(path.name.split("_")[0])
        text = path.read_text(encoding="utf-8")
        rows.append(f'    {{"{module}", {number}, "{path.stem}", R"schema({text})schema"}},\n')
    pathlib.Path(output).write_text(
        "#include <fondaco/storage/migration.h>\n\n"
        f"namespace fondaco::{module} {{\n\n"
        "std::vector<storage::Migration> migrations();\n\n"
        "std::vector<storage::Migration> migrations() {\n  return {\n"
        + "".join(rows)
        + "  };\n}\n\n"
        f"}}  // namespace fondaco::{module}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()

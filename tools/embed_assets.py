#!/usr/bin/env python3
"""Writes files as a C++ table of names and bytes: embed_assets.py NAMESPACE OUTPUT FILE..."""
import pathlib
import sys

PIECE = 8000  # Bytes of one literal; compilers promise no more than 64 KiB of a whole one.


def literal(data):
    """Octal escapes end after three digits, so nothing after them can be read as part of one."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n"}
    return "".join(
        plain.get(b) or (chr(b) if 32 <= b < 127 and b != ord("?") else f"\\{b:03o}")
        for b in data)


def main():
    namespace, output, *files = sys.argv[1:]
    rows = []
    for path in sorted(map(pathlib.Path, files), key=lambda p: p.name):
        data = path.read_bytes()
        pieces = [data[i:i + PIECE] for i in range(0, len(data), PIECE)] or [b""]
        text = "\n     ".join(f'"{literal(piece)}"' for piece in pieces)
        rows.append(f'    {{"{path.name}",\n     std::string_view({text}, {len(data)})}},\n')
    pathlib.Path(output).write_text(
        "#include \"assets.h\"\n\n#include <array>\n\n"
        f"namespace fondaco::{namespace} {{\nnamespace {{\n\n"
        f"constexpr std::array<Asset, {len(rows)}> kAssets{{{{\n" + "".join(rows) + "}};\n\n"
        "}  // namespace\n\n"
        "std::span<const Asset> assets() { return kAssets; }\n\n"
        f"}}  // namespace fondaco::{namespace}\n",
        encoding="utf-8")


if __name__ == "__main__":
    main()

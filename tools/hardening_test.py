#!/usr/bin/env python3
"""Proves that the release program is hardened: hardening_test.py [PROGRAM].

Reads the ELF file only, so it says what the compiler and linker did, not what flags were meant.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def readelf(program, *flags):
    return subprocess.run(["readelf", "-W", *flags, str(program)], capture_output=True, check=True,
                          text=True).stdout


def checks(program):
    """(name, whether it holds, what to do when not)."""
    header, segments = readelf(program, "-h"), readelf(program, "-l")
    dynamic, notes = readelf(program, "-d"), readelf(program, "-n")
    symbols = readelf(program, "--dyn-syms")
    stack = re.search(r"GNU_STACK.*\b(RWE?)\b", segments)
    pie = re.search(r"Type:\s+DYN", header) and "INTERP" in segments
    yield "position independent (PIE)", pie, "compile with -fPIE, link with -pie"
    yield "read-only relocations (RELRO)", "GNU_RELRO" in segments, "link with -z relro"
    bound = re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", dynamic)
    yield "all symbols bound at start (BIND_NOW)", bound, "link with -z now"
    yield "stack is not executable", stack and stack[1] == "RW", "link with -z noexecstack"
    yield "stack protector", "__stack_chk_fail" in symbols, "compile with -fstack-protector-strong"
    yield ("fortified library calls", re.search(r"\b__(?!stack)\w+_chk\b", symbols),
           "compile with -D_FORTIFY_SOURCE=3 and optimisation")
    yield ("no library search path of the build", not re.search(r"\(R(?:UN)?PATH\)", dynamic),
           "set CMAKE_SKIP_RPATH or link Debian's libraries only")
    if "X86-64" in header:
        feature = re.search(r"x86 feature: (.*)", notes)
        held = feature[1] if feature else "nothing"
        yield ("control flow protection (CET: IBT, SHSTK)", "IBT" in held and "SHSTK" in held,
               f"the note says {held}; one object without the note, often assembly, drops it")


def main():
    program = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/release/fondaco"
    if not program.exists():
        print(f"skip hardening: {program.name} is not built yet")
        return 0
    failures = 0
    for name, holds, advice in checks(program):
        print(f"ok {name}" if holds else f"not ok {name}: {advice}")
        failures += not holds
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

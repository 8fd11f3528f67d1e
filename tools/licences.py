#!/usr/bin/env python3
"""Licences of all that the release program loads or contains, and of the npm packages.

licences.py           a test: nothing is GPL, and docs/reference/licences.md says the same
licences.py --write   writes docs/reference/licences.md
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/fondaco"
LOCK = ROOT / "web/package-lock.json"
PAGE = ROOT / "docs/reference/licences.md"
DOCS = pathlib.Path("/usr/share/doc")

LGPL = "dynamically linked, replaceable by its user"
RUNTIME = "GPL-3 with GCC runtime exception"
READ = {  # Packages whose copyright file a person had to read: (licence, why it may be here).
    "libc6": ("LGPL-2.1-or-later", LGPL),
    "libgcc-s1": (RUNTIME, "the exception is made for compiled programs"),
    "libstdc++6": (RUNTIME, "the exception is made for compiled programs"),
    "libcom-err2": ("MIT (SIPB notice)", "the files of lib/et say so; the GPL is e2fsprogs'"),
    "libgmp10": ("LGPL-3-or-later (or GPL-2)", LGPL),
    "libgnutls30": ("LGPL-2.1-or-later", LGPL),
    "libhogweed6": ("LGPL-3-or-later (or GPL-2)", LGPL),
    "libnettle8": ("LGPL-3-or-later (or GPL-2)", LGPL),
    "libidn2-0": ("LGPL-3-or-later (or GPL-2)", LGPL + "; its README says which part"),
    "libunistring2": ("LGPL-3-or-later (or GPL-2)", LGPL),
    "libkeyutils1": ("LGPL-2-or-later", LGPL + "; only its tool is GPL"),
    "librtmp1": ("LGPL-2.1-or-later", LGPL),
    "libtasn1-6": ("LGPL-2.1-or-later", LGPL + "; only its tools are GPL-3"),
    "libzstd1": ("BSD-3-Clause (or GPL-2)", "we choose BSD"),
    "libgssapi-krb5-2": ("MIT", ""),
    "libk5crypto3": ("MIT", ""),
    "libkrb5-3": ("MIT", ""),
    "libkrb5support0": ("MIT", ""),
    # What Cairo and Pango bring along, for documents as PDF.
    "libcairo2": ("MPL-1.1 (or LGPL-2.1)", "we choose the MPL"),
    "libgraphite2-3": ("MPL-1.1 (or LGPL-2.1)", "we choose the MPL"),
    "libpango-1.0-0": ("LGPL-2-or-later", LGPL),
    "libpangocairo-1.0-0": ("LGPL-2-or-later", LGPL),
    "libpangoft2-1.0-0": ("LGPL-2-or-later", LGPL),
    "libglib2.0-0": ("LGPL-2.1-or-later", LGPL),
    "libfribidi0": ("LGPL-2.1-or-later", LGPL),
    "libdatrie1": ("LGPL-2.1-or-later", LGPL),
    "libthai0": ("LGPL-2.1-or-later", LGPL),
    "libblkid1": ("LGPL-2.1-or-later", LGPL + "; the GPL is util-linux' tools'"),
    "libmount1": ("LGPL-2.1-or-later", LGPL + "; the GPL is util-linux' tools'"),
    "libselinux1": ("public domain", ""),
    "libbsd0": ("BSD-3-Clause and like it", ""),
    "libmd0": ("BSD-3-Clause and like it", ""),
    "libfontconfig1": ("MIT-like (HPND)", ""),
    "libpixman-1-0": ("MIT", ""),
    "libx11-6": ("MIT and like it", ""),
    "libxau6": ("MIT-like (X)", ""),
    "libxdmcp6": ("MIT-like (X)", ""),
    "libxext6": ("MIT and like it", ""),
    "libxrender1": ("MIT-like (HPND)", ""),
    "libxcb1": ("MIT", ""),
    "libxcb-render0": ("MIT", ""),
    "libxcb-shm0": ("MIT", ""),
}
COMPILED_IN = ("libboost1.81-dev", "libcli11-dev", "libkainjow-mustache-dev", "libspdlog-dev",
               "libfmt-dev", "libtomlplusplus-dev")  # Header-only, or used with inline code.
PLAIN = {"Expat": "MIT", "Expat with embedded exception": "MIT", "BSD3": "BSD-3-Clause",
         "public-domain": "public domain"}


def shared_objects(program):
    """Paths of everything the loader maps for this program."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, check=True, text=True)
    return sorted(set(re.findall(r"(/\S+\.so\S*) \(0x", listed.stdout)))


def package_of(path):
    """The Debian package of a file; /lib and /usr/lib are one folder but two names."""
    real = str(pathlib.Path(path).resolve())
    for name in (path, real, real.removeprefix("/usr"), "/usr" + real):
        found = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.partition(":")[0]
    return None


def stated_licence(package):
    """What the machine-readable copyright file says of `Files: *`, or None."""
    try:
        text = (DOCS / package / "copyright").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"^Files: *\*.*?^License: *([^\n]+)", text, re.M | re.S)
    return PLAIN.get(found[1].strip(), found[1].strip()) if found else None


def judged(package):
    """(licence, note, what is wrong) of a Debian package."""
    if package in READ:
        return (*READ[package], "")
    licence = stated_licence(package)
    if not licence:
        return "?", "", f"read {DOCS / (package or '?') / 'copyright'} and name it in licences.py"
    if "GPL" in licence:
        return licence, "", "is not allowed by name in licences.py"
    return licence, "", ""


def shared_rows(program):
    for path in shared_objects(program):
        package = package_of(path)
        yield (pathlib.Path(path).name, package or "?", *judged(package))


def header_rows():
    for package in COMPILED_IN:
        yield (package, *judged(package))


def npm_rows(lock):
    """One row per package; the builds of one package for each platform are one row."""
    rows = set()
    for path, entry in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        if entry.get("optional") and entry.get("os"):
            name = name.rsplit("-", 2)[0] + "-<platform>"
        licence = entry.get("license", "?")
        wrong = "" if re.fullmatch(r"(?!.*GPL)[\w.() +-]+", licence) else "is not allowed"
        use = "tests and build" if entry.get("dev") else "served"
        rows.add((name, entry["version"], licence, use, wrong))
    return sorted(rows)


def table(head, rows):
    """Markdown; of each row as many cells as the head has."""
    lines = [head, ["---"] * len(head), *(row[:len(head)] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def wrong(rows):
    return [f"{row[0]} ({row[-3]}) {row[-1]}" for row in rows if row[-1]]


def sections():
    """(title, text, findings) of the page; the text is None where it cannot be known yet."""
    if PROGRAM.exists():
        rows = list(shared_rows(PROGRAM))
        head = ("library", "Debian package", "licence", "why it may be here")
        yield "Loaded libraries", table(head, rows), wrong(rows)
    else:
        yield "Loaded libraries", None, []
    rows = list(header_rows())
    yield "Compiled in", table(("Debian package", "licence"), rows), wrong(rows)
    rows = npm_rows(LOCK)
    yield "npm packages", table(("package", "version", "licence", "use"), rows), wrong(rows)


def page(parts):
    text = """# Licences
Written by `tools/licences.py --write`, compared by a test. fondaco itself is Apache-2.0; nothing
GPL is linked or bundled. Programs that are only started (PostgreSQL, Chromium in tests) are not
listed.
"""
    for title, body, _ in parts:
        text += f"\n## {title}\n" + (body or "Not built yet.\n")
    return text


def check(parts):
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for title, body, findings in parts:
        if body is None:
            yield "skip", title, f"{PROGRAM.name} is not built yet"
            continue
        yield ("not ok" if findings else "ok"), f"{title}: licences", "; ".join(findings)
        same = f"## {title}\n{body}" in old
        yield ("ok" if same else "not ok"), f"{title}: page", "run tools/licences.py --write"


def main():
    parts = list(sections())
    if "--write" in sys.argv[1:]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(parts), encoding="utf-8")
    results = list(check(parts))
    for status, name, why in results:
        print(f"{status} {name.replace(': ', ', ')}" + (f": {why}" if status != "ok" else ""))
    return 1 if any(status == "not ok" for status, _, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The demo marketplace in Chromium: buying without scripts, languages, axe on phone and desk."""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402

NODE = [house.ROOT / "build/tools/node/bin/node",
        house.ROOT / "build/tools/node/node_modules/node/bin/node"]


def main():
    results = house.Results()
    node = next((str(n) for n in NODE if n.exists()), shutil.which("node"))
    if not shutil.which("chromium") or not node or not (house.ROOT / "web/node_modules").exists():
        results.skip("browser", "chromium, node or web/node_modules is not there")
        results.exit()
    with house.House("--demo") as place:
        place.serve()
        done = subprocess.run([node, str(pathlib.Path(__file__).parent / "shop.mjs"),
                               f"http://127.0.0.1:{place.port}", *sys.argv[1:]], check=False,
                              timeout=600)
        results.failed += done.returncode != 0
        results.run("browser: verify agrees after all of it", place.verify)
    results.exit()


if __name__ == "__main__":
    main()

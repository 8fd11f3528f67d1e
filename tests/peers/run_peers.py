#!/usr/bin/env python3
"""What programs that nobody here wrote say: promtool about the metrics, curl about HTTP, openssl
about TLS, sqlite3 about the files."""
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import house  # noqa: E402


def promtool(place):
    text = place.client().request("GET", "/metrics").text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          text=True, check=False)
    house.check(done.returncode == 0 and not done.stderr.strip() and not done.stdout.strip(),
                done.stderr + done.stdout)


def curl_compressed(place):
    url = f"http://127.0.0.1:{place.port}/api/v1/products?limit=100"
    plain = subprocess.run(["curl", "-sS", url], capture_output=True, check=True).stdout
    packed = subprocess.run(["curl", "-sS", "--compressed", url], capture_output=True,
                            check=True).stdout
    house.check(plain == packed and len(plain) > 1000, "the compressed body is another one")


def curl_not_modified(place):
    url = f"http://127.0.0.1:{place.port}/api/v1/products?limit=2"
    head = subprocess.run(["curl", "-sSI", url], capture_output=True, text=True, check=True).stdout
    tag = next(line.split(": ", 1)[1].strip() for line in head.splitlines()
               if line.lower().startswith("etag:"))
    code = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                           f"If-None-Match: {tag}", url], capture_output=True, text=True,
                          check=True).stdout
    house.check(code == "304", f"{code} for the tag just given")


def integrity(place):
    place.stop()
    for file in place.data.glob("*.db"):
        done = subprocess.run(["sqlite3", str(file), "PRAGMA integrity_check"],
                              capture_output=True, text=True, check=False)
        house.check(done.stdout.strip() == "ok", f"{file.name}: {done.stdout}{done.stderr}")


def tls():
    with house.House() as place:
        key, certificate = place.base / "key.pem", place.base / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        place.flags = ("--certificate", str(certificate), "--key", str(key))
        place.serve()
        done = subprocess.run(["curl", "-sS", "--cacert", str(certificate),
                               f"https://localhost:{place.port}/livez", "-w", "%{http_code}"],
                              capture_output=True, text=True, check=False)
        house.check(done.stdout.endswith("200"), done.stdout + done.stderr)
        place.user("anna@shop.example", "shopper")
        secure_cookies(f"https://localhost:{place.port}", certificate)
        place.stop()


def secure_cookies(url, certificate):
    """Over TLS every cookie is Secure and bound to this host, and browsers are told to stay."""
    body = json.dumps({"email": "anna@shop.example", "password": house.PASSWORD})
    asked = [["-X", "POST", f"{url}/api/v1/sessions", "-H", "Content-Type: application/json",
              "-d", body], [f"{url}/?lang=zh"]]
    for arguments in asked:
        done = subprocess.run(["curl", "-sSi", "--cacert", str(certificate), *arguments],
                              capture_output=True, text=True, check=True).stdout
        head = done.replace("\r", "").split("\n\n")[0]
        lines = [line.partition(": ") for line in head.splitlines()]
        headers = {name.lower(): value for name, _, value in lines}
        house.check("max-age=" in headers.get("strict-transport-security", ""), head)
        cookie = headers["set-cookie"]
        house.check("; Secure" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie,
                    cookie)
        if "session" in cookie:
            house.check(cookie.startswith("__Host-session=") and "HttpOnly" in cookie
                        and "Path=/;" in cookie, cookie)


def main():
    results = house.Results()
    with house.House("--demo") as place:
        place.serve()
        if shutil.which("promtool"):
            results.run("peers: promtool finds nothing in /metrics", promtool, place)
        else:
            results.skip("peers: promtool", "not installed")
        results.run("peers: curl unpacks what we pack", curl_compressed, place)
        results.run("peers: curl is told when nothing changed", curl_not_modified, place)
        results.run("peers: sqlite3 finds the files whole", integrity, place)
    results.run("peers: curl speaks TLS with us", tls)
    results.exit()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Builds and tests the house once. The last line is `N passed, N failed`; exit code 1 on failure.

run_tests.py            everything: `make test`
run_tests.py --quick    unit tests of the dev build, tidy, format of changed files: `make check`
run_tests.py --soak     the long form of tests/*/run_*.py: `make soak`
run_tests.py --asan     unit tests with the address and undefined sanitizers: `make asan`
run_tests.py --tsan     unit tests of what has threads, with the thread sanitizer: `make tsan`
run_tests.py --only X   only what has X in its name, for example release/ledger or tests/api
"""
import argparse
import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import traceback

import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD, LOGS = ROOT / "build", ROOT / "build/test-logs"
CORES = 2  # Builds and unit tests use two cores, everything else runs alone.
MINUTE = 60
LINE = re.compile(r"^(ok|not ok|skip) (\S.*)$", re.M)
SANITIZER = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
             "UBSAN_OPTIONS": "print_stacktrace=1"}
THREAD_SANITIZER = {"TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1"}
THREADED = ("storage", "http", "orders", "matching", "shoppers")
PG_URL, PG_SERVER = "FONDACO_TEST_PG", [ROOT / "tools/pg_test_server.sh"]
PG_FOLDER = BUILD / "pg-test"
TAIL_LINES = 40


class Report:
    """Counts results, shows failures at once and again at the end."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []
        self.clock = lambda: 0.0

    def say(self, text):
        print(f"[{self.clock():7.1f}s] {text}", flush=True)

    def add(self, status, name, why=""):
        if status == "ok":
            self.passed += 1
        elif status == "skip":
            self.skipped.append(f"{name}: {why or 'no reason given'}")
        else:
            self.failed.append(f"{name}: {why or 'no reason given'}")
            self.say(f"NOT OK {self.failed[-1]}")

    def add_all(self, job, results):
        before = (self.passed, len(self.failed), len(self.skipped))
        for result in results:
            self.add(*result)
        counts = (self.passed, len(self.failed), len(self.skipped))
        passed, failed, skipped = (now - then for now, then in zip(counts, before))
        self.say(f"{job.name}: {passed} passed, {failed} failed"
                 + (f", {skipped} skipped" if skipped else "") + f" ({job.seconds:.1f} s)")
        if failed:
            self.show(job)

    def show(self, job):
        for line in job.text().splitlines()[-TAIL_LINES:]:
            print(f"    | {line[:300]}")
        print(f"    | whole log: {job.log.relative_to(ROOT)}", flush=True)

    def finish(self):
        for name in self.skipped:
            print(f"skipped {name}")
        for name in self.failed:
            print(f"FAILED {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed", flush=True)
        return 1 if self.failed else 0


# --- What a finished job says --------------------------------------------------------------------

def status_result(job):
    yield ("not ok" if job.code or job.reason else "ok"), job.name, job.reason


def line_results(job):
    """Lines `ok NAME`, `not ok NAME: why`, `skip NAME: why`."""
    results = []
    for status, rest in LINE.findall(job.text()):
        name, _, why = (rest, "", "") if status == "ok" else rest.partition(": ")
        results.append((status, f"{job.name} {name}", why))
    yield from results
    said_so = any(status == "not ok" for status, _, _ in results)
    if (job.code or job.reason) and not said_so:
        yield "not ok", job.name, job.reason
    elif not results:
        yield "not ok", job.name, "printed no result"


SKIPPED = re.compile(r": Skipped\n([^\n]*)\n+\[  SKIPPED \] (\S+)")  # The JSON has no reason.
ENDED = {"[       OK ] ": "ok", "[  FAILED  ] ": "not ok", "[  SKIPPED ] ": "skip"}


def gtest_results(job):
    """Single tests from the JSON that GoogleTest wrote, or from its output when it crashed."""
    text = job.text()
    reasons = {name: reason for reason, name in SKIPPED.findall(text)}
    try:
        suites = json.loads(job.json.read_text(encoding="utf-8"))["testsuites"]
    except (OSError, ValueError, KeyError):
        yield from crashed_results(job, text, reasons)
        return
    failures = 0
    for test in (t for suite in suites for t in suite["testsuite"]):
        status, name = test_status(test), f"{test['classname']}.{test['name']}"
        failures += status == "not ok"
        why = (test.get("failures") or [{}])[0].get("failure", "") or reasons.get(name, "")
        yield status, f"{job.name} {name}", why.strip().replace("\n", " ")[:200]
    if (job.code or job.reason) and not failures:  # A leak found at the end, for example.
        yield "not ok", job.name, job.reason


def test_status(test):
    if test.get("failures"):
        return "not ok"
    is_skipped = test.get("result") == "SKIPPED" or test.get("status") == "NOTRUN"
    return "skip" if is_skipped else "ok"


def crashed_results(job, text, reasons):
    started = "nothing"
    for line in text.splitlines():
        if line.startswith("[ RUN      ] "):
            started = line[13:].strip()
        status = ENDED.get(line[:13])
        if status and line.endswith(" ms)"):  # The summary at the end repeats names without times.
            yield status, f"{job.name} {started}", reasons.get(started, "")
    yield "not ok", job.name, f"{job.reason or 'wrote no result'} in {started}"


# --- The run -------------------------------------------------------------------------------------

class Run:
    def __init__(self, options, report):
        self.options, self.report = options, report
        self.pool = processes.Pool(options.minutes * MINUTE, report.say)
        self.spared = set()  # The PostgreSQL of this run outlives its jobs.
        report.clock = self.pool.elapsed

    def wants(self, name):
        return self.options.only in name

    def job(self, name, command, minutes=10, **more):
        log = LOGS / (re.sub(r"[^\w.-]+", "_", name) + ".log")
        return processes.Job(name, command, log, minutes * MINUTE, cwd=ROOT, **more)

    def must(self, name, command, minutes=30):
        """A step that is no test: it counts only when it fails."""
        job = self.job(name, command, minutes)
        self.report.say(name)
        self.pool.run([job])
        if job.code or job.reason:
            self.report.add("not ok", name, job.reason)
            self.report.show(job)
        return not (job.code or job.reason)

    def tests(self, jobs, results, width=1):
        """Runs jobs and counts what results(job) says; nothing of them is left running."""
        jobs = [job for job in jobs if self.wants(job.name)]
        for together in [jobs] if width > 1 and jobs else [[job] for job in jobs]:
            self.report.say("running " + ", ".join(job.name for job in together))
            self.pool.run(together, width, lambda job: self.report.add_all(job, results(job)))
            left = processes.kill_descendants(self.spared)
            if left:
                self.report.say("ended what was left behind: " + ", ".join(left))

    def start_postgres(self):
        """Sets FONDACO_TEST_PG for the tests that follow; without it they use SQLite only."""
        if PG_URL in os.environ:
            return
        job = self.job("start PostgreSQL", [*PG_SERVER, "start", PG_FOLDER], 2)
        self.report.say(job.name)
        self.pool.run([job])
        if job.code or job.reason:
            os.environ[PG_URL] = ""
            self.report.add("not ok", job.name, job.reason)
            self.report.show(job)
        else:
            os.environ[PG_URL] = job.text().split()[-1]
            self.spared = processes.descendants()

    def stop_postgres(self):
        if self.spared:
            subprocess.run([*PG_SERVER, "stop", PG_FOLDER], check=False, timeout=60)

    # Checks that need no build.
    def checks(self, quick):
        tools = ROOT / "tools"
        self.tests([self.job("check/tidy", [tools / "tidy.py"]),
                    self.job("check/architecture", [tools / "check_architecture.py"]),
                    self.job("check/format", [tools / "format.sh", "--check",
                                              *([] if quick else ["--all"])])], status_result)
        self.tests([self.job("check/tidy_test", [tools / "tidy_test.py"])], line_results)

    # Checks of the release binary.
    def binary_checks(self):
        tools = ROOT / "tools"
        self.tests([self.job("check/licences", [tools / "licences.py"]),
                    self.job("check/hardening", [tools / "hardening_test.py"])], line_results)

    def configure(self, preset):
        command = ["cmake", "--preset", preset, "-DFONDACO_TESTS=ON"]
        return self.must(f"configure {preset}", command, 5)

    def build(self, preset, targets=()):
        command = ["cmake", "--build", BUILD / preset, "-j", CORES]
        for target in targets:
            command += ["--target", target]
        return self.must(f"build {preset}", command, 60)

    def registered(self, preset):
        listed = subprocess.run(["ctest", "--test-dir", BUILD / preset, "--show-only=json-v1"],
                                capture_output=True, check=True, text=True).stdout
        return json.loads(listed)["tests"]

    def targets(self, preset, names):
        """The programs of these tests by name, or everything where a name is not known."""
        rules = (BUILD / preset / "build.ninja").read_text(encoding="utf-8")
        known = [f"{name}_test" for name in names if f"build {name}_test: phony" in rules]
        return known if len(known) == len(names) else ["all"]

    def may_hold(self, preset):
        """Whether --only can mean a program of this preset; spares a build when it cannot."""
        folder, slash, _ = self.options.only.rpartition("/")
        if slash:
            return folder in preset
        names = [m.parent.name for m in ROOT.glob("src/*/CMakeLists.txt")]
        extra = [m.read_text(encoding="utf-8") for m in ROOT.glob("tests/CMakeLists.txt")]
        return any(self.options.only in text for text in [preset, *names, *extra])

    def unit_tests(self, preset, env=None, among=()):
        """Builds one preset and runs its programs, or those `among` them; False when nothing could
        be built."""
        if not self.may_hold(preset):
            return True
        if not self.configure(preset):
            return False
        names = [t["name"] for t in self.registered(preset) if not among or t["name"] in among]
        wanted = [name for name in names if self.wants(f"{preset}/{name}")]
        if not self.build(preset, self.targets(preset, wanted)):
            return False
        chosen = [t for t in self.registered(preset) if t["name"] in wanted and t.get("command")]
        if chosen:
            self.start_postgres()
        units = [t for t in chosen if is_gtest(t["command"][0])]
        self.tests([self.unit_job(preset, t, env) for t in units], gtest_results, CORES)
        others = [t for t in chosen if t not in units]
        self.tests([self.unit_job(preset, t, env) for t in others], status_result)
        return True

    def unit_job(self, preset, test, env):
        job = self.job(f"{preset}/{test['name']}", test["command"], 10, env=env)
        if is_gtest(test["command"][0]):
            job.json = job.log.with_suffix(".json")
            job.json.unlink(missing_ok=True)
            job.command.append(f"--gtest_output=json:{job.json}")
        return job

    def header_sets(self, preset):
        name = f"check/every public header compiles alone ({preset})"
        if self.wants(name):
            command = ["cmake", "--build", BUILD / preset, "-j", CORES,
                       "--target", "all_verify_interface_header_sets"]
            self.tests([self.job(name, command, 20)], status_result)

    def scripts(self, minutes, env=None):
        """tests/*/run_*.py, one after the other, against the release binary."""
        paths = [p for p in sorted(ROOT.glob("tests/*/run_*.py")) if os.access(p, os.X_OK)]
        wanted = [p for p in paths if self.wants(str(p.relative_to(ROOT)))]
        if not wanted or not self.binary():
            return
        self.start_postgres()
        env = {"FONDACO_BINARY": str(BUILD / "release/fondaco"),
               "NODE": str(BUILD / "tools/node/bin/node"), **(env or {})}
        self.tests([self.job(str(p.relative_to(ROOT)), [p], minutes, env=env) for p in wanted],
                   line_results)

    def binary(self):
        """Builds the program that the scripts drive."""
        if not (ROOT / "src/server/CMakeLists.txt").exists():
            self.report.add("skip", "release binary", "src/server is not there yet")
            return False
        return self.configure("release") and self.build("release", ["fondaco"])


def is_gtest(program):
    try:
        return b"gtest_filter" in pathlib.Path(program).read_bytes()
    except OSError:
        return False


def full(run):
    run.checks(quick=False)
    if run.unit_tests("release"):
        if run.binary():
            run.binary_checks()
            run.scripts(minutes=20)


def sanitized(run):
    if run.unit_tests("asan", SANITIZER):
        run.header_sets("asan")


def threaded(run):
    run.unit_tests("tsan", THREAD_SANITIZER, THREADED)


def quick(run):
    run.checks(quick=True)
    run.unit_tests("dev")


def soak(run):
    run.scripts(minutes=run.options.minutes, env={"FONDACO_SOAK": "1"})


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--asan", action="store_true")
    parser.add_argument("--tsan", action="store_true")
    parser.add_argument("--only", default="", metavar="SUBSTR")
    parser.add_argument("--minutes", type=float, help="guard over the whole run")
    chosen = parser.parse_args()
    chosen.minutes = chosen.minutes or (10 if chosen.quick else 12 * 60 if chosen.soak else 90)
    return chosen


def exclusive(report):
    """One run at a time in this tree: two would build into the same folders."""
    LOGS.mkdir(parents=True, exist_ok=True)
    lock = (BUILD / "test.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        report.say("waiting for another test run in this tree")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main():
    chosen, report = options(), Report()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lock = exclusive(report)
    run = Run(chosen, report)
    try:
        if run.must("set-up", ["tools/setup.sh", "test"]):
            (quick if chosen.quick else soak if chosen.soak else sanitized if chosen.asan
             else threaded if chosen.tsan else full)(run)
        if chosen.only and not (report.passed or report.failed or report.skipped):
            report.add("not ok", "--only", f"no test has {chosen.only!r} in its name")
    except processes.GuardExceeded as why:
        report.add("not ok", "the whole run", str(why))
    except KeyboardInterrupt:
        report.add("not ok", "the whole run", "interrupted")
    except Exception as why:  # The last line must come whatever happens here.
        traceback.print_exc()
        report.add("not ok", "run_tests.py", repr(why))
    finally:
        run.stop_postgres()
        processes.kill_descendants()
        lock.close()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())

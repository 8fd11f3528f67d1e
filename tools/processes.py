"""Child processes on a leash: few at a time, each with a time limit, none left behind.

One thread, no callbacks: Pool.run() starts jobs, looks at them twenty times a second and gives
back (exit code, seconds, reason) for each. Output goes to a log file per job.
"""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)
HEARTBEAT_S = 20.0


class GuardExceeded(Exception):
    """The whole run took too long."""


class Job:
    def __init__(self, name, command, log, limit_s, env=None, cwd=None):
        self.name, self.command, self.log = name, [str(c) for c in command], pathlib.Path(log)
        self.limit_s, self.env, self.cwd = limit_s, env or {}, cwd
        self.code, self.seconds, self.reason = None, 0.0, ""
        self._process, self._started = None, 0.0

    def start(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._started = time.monotonic()
        with self.log.open("wb") as output:
            try:
                self._process = subprocess.Popen(
                    self.command, stdout=output, stderr=subprocess.STDOUT, cwd=self.cwd,
                    stdin=subprocess.DEVNULL, env={**os.environ, **self.env},
                    start_new_session=True,
                    preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
            except OSError as why:
                self.code, self.reason = 127, f"cannot be started: {why}"

    def is_done(self):
        if self._process is None:
            return True
        self.seconds = time.monotonic() - self._started
        self.code = self._process.poll()
        if self.code is None and self.seconds > self.limit_s:
            self.kill()
            self.reason = f"took longer than {self.limit_s:.0f} s"
        elif self.code is not None and self.code < 0:
            self.reason = f"ended by {signal.Signals(-self.code).name}"
        elif self.code:
            self.reason = f"exit code {self.code}"
        return self.code is not None

    def kill(self):
        """Ends the process and its session; a job that has ended may have left some behind."""
        if self._process:
            kill_session(self._process.pid)
            self.code = self._process.wait()

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def last_line(self):
        lines = [line for line in self.text()[-2000:].splitlines() if line.strip()]
        return lines[-1].strip()[:100] if lines else ""


def kill_session(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def descendants(spared=()):
    """Every process that came from us, also those that left their session; no spared tree."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
            except (OSError, IndexError):
                continue
    found, fresh = set(), {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found - set(spared)
        found |= fresh
    return found


def kill_descendants(spared=()):
    """Ends what is left, politely first; gives back the names of what there was."""
    reap()
    names = sorted(map(name_of, descendants(spared)))
    for sign, patience_s in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
        left = descendants(spared)
        for pid in left:
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                pass
        until = time.monotonic() + patience_s
        while left and time.monotonic() < until:
            reap()
            left = descendants(spared)
            time.sleep(0.02)
    return names


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "?"


def reap():
    """Collects orphans that ended; only while none of our own jobs runs."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Pool:
    """Runs jobs, at most `width` at a time, until `guard_s` seconds after its making."""

    def __init__(self, guard_s, say):
        self.started, self.guard_s, self.say = time.monotonic(), guard_s, say
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)  # Orphans of our children become ours.

    def elapsed(self):
        return time.monotonic() - self.started

    def run(self, jobs, width=1, on_done=lambda job: None):
        waiting, running, spoken = list(jobs), [], time.monotonic()
        try:
            while waiting or running:
                while waiting and len(running) < width:
                    running.append(waiting.pop(0))
                    running[-1].start()
                for job in [j for j in running if j.is_done()]:
                    running.remove(job)
                    job.kill()
                    on_done(job)
                if self.elapsed() > self.guard_s:
                    names = ", ".join(j.name for j in running + waiting) or "nothing"
                    raise GuardExceeded(f"more than {self.guard_s / 60:g} minutes; left: {names}")
                if running and time.monotonic() - spoken > HEARTBEAT_S:
                    spoken = time.monotonic()
                    self.say(" | ".join(f"{j.name} ({j.seconds:.0f} s) {j.last_line()}"
                                        for j in running))
                time.sleep(0.05)
        finally:
            for job in running:
                job.kill()

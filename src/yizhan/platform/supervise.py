"""Keeps child processes running: starts them, replaces those that fall, stops them in order.

A child that falls again and again is started ever less often, so a broken one costs no machine.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from yizhan.platform.processes import die_with_parent

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
HEALTHY_SECONDS = 5.0
"""One that ran so long before it fell is not broken: it was killed, and comes back at once."""
STOP_SECONDS = 8.0
_LOG_BYTES_MAX = 20_000_000
TOLD_LATER = "YIZHAN_TOLD_LATER"
"""Set for a child that shall load its code and then read its environment, as JSON, from stdin."""


def wait_to_be_told() -> None:
    """In a child: if it was started ahead, wait for the environment it is to run in."""
    if os.environ.pop(TOLD_LATER, None):
        os.environ.update(json.loads(sys.stdin.readline() or "{}"))


@dataclass
class Child:
    """One process that shall run. Its output goes to `log_file`."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    warmed: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    falls: int = field(default=0)

    def warm(self) -> None:
        """Start it ahead of time: it loads what it needs and waits until `start` tells it more."""
        self._launch(os.environ | {TOLD_LATER: "1"}, subprocess.PIPE)
        self.warmed = self.process

    def start(self) -> None:
        """Start it, or tell the one that was started ahead to go on."""
        ahead, self.warmed = self.warmed, None
        if ahead is None or not self._tell(ahead):
            self._launch(self.environment, subprocess.DEVNULL)
        self.started_at = time.monotonic()

    def _tell(self, ahead: subprocess.Popen[bytes]) -> bool:
        assert ahead.stdin is not None
        with contextlib.suppress(OSError), ahead.stdin as words:
            words.write(json.dumps(self.environment).encode() + b"\n")
        return ahead.poll() is None

    def _launch(self, environment: Mapping[str, str], stdin: int) -> None:
        """In a session of its own, so that Ctrl-C reaches us alone."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES_MAX:
            self.log_file.replace(self.log_file.with_suffix(".1"))
        with os.fdopen(os.open(self.log_file, _APPEND, 0o600), "ab") as out:
            self.process = subprocess.Popen(
                self.arguments,
                stdin=stdin,
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def look_after(self, now: float) -> None:
        """Start it again when it has fallen and its pause is over."""
        if self.running:
            if self.falls and now - self.started_at > HEALTHY_SECONDS:
                self.falls = 0
            return
        if self.process is not None:
            status, self.process = self.process.returncode, None
            if now - self.started_at > HEALTHY_SECONDS:
                self.falls = 0
            pause = min(FIRST_PAUSE_SECONDS * 2**self.falls, LONGEST_PAUSE_SECONDS)
            self.falls += 1
            self.start_again_at = now + pause
            log.warning("child.fell", child=self.name, status=status, again_in_seconds=pause)
        if now >= self.start_again_at:
            self.start()

    def last_words(self, length: int = 1500) -> str:
        """The end of what it said."""
        try:
            return self.log_file.read_bytes()[-length:].decode(errors="replace")
        except FileNotFoundError:
            return ""


_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


def stop_all(children: Sequence[Child], *, seconds: float = STOP_SECONDS) -> None:
    """Ask all to stop, wait together, end those that do not listen."""
    living = [child.process for child in children if child.process and child.running]
    for process in living:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in living:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0.01))
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

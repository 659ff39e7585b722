"""A progress bar on standard error: a moving line on a terminal, elsewhere a line at times."""

import sys
import time
from typing import TextIO

_WIDTH = 28


class Bar:
    """Call it with what is being done, how much is done, and how much there is."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.moving = self.out.isatty()
        self.what = ""
        self.started = time.monotonic()
        self.drawn_at = 0.0
        self.tenth = -1

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell how far it has got. A new `what` begins a new line."""
        now = time.monotonic()
        if what != self.what:
            self.close()
            self.what, self.started, self.tenth = what, now, -1
        finished = done >= total
        if self.moving:
            if finished or now - self.drawn_at > 0.1:
                self.drawn_at = now
                self.out.write(f"\r{self._line(done, total, now)}\x1b[K")
                self.out.flush()
            return
        tenth = 10 if finished else done * 10 // total
        if tenth > self.tenth and (finished or now - self.drawn_at > 2):
            self.tenth, self.drawn_at = tenth, now
            self.out.write(self._line(done, total, now) + "\n")
            self.out.flush()

    def close(self) -> None:
        """End the moving line."""
        if self.what and self.moving:
            self.out.write("\n")
            self.out.flush()
        self.what = ""

    def _line(self, done: int, total: int, now: float) -> str:
        share = min(done / total, 1.0) if total else 1.0
        full = int(share * _WIDTH)
        seconds = now - self.started
        left = f", {seconds / share - seconds:.0f} s left" if 0.02 < share < 1 else ""
        bar = "█" * full + "░" * (_WIDTH - full)
        return f"{self.what:<28} {bar} {share:>4.0%}  {done:,}/{total:,}{left}"

"""Progress of long work: lines in the log, and at a terminal a bar with rate and time left.

Belongs here: telling how far work has come. Does not belong here: measuring it for the record
(asset metadata does that).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

LOG_EVERY_SECONDS: Final = 10.0
DRAW_EVERY_SECONDS: Final = 0.2
BAR_WIDTH: Final = 30


class Progress:
    """Counts units of one piece of work up to a known total; silent about work that is over at once."""

    def __init__(self, name: str, total: int, unit: str, tell: Callable[[str], object]) -> None:
        self.name, self.total, self.unit, self._tell = name, total, unit, tell
        self.done = 0
        self._started = self._told = time.monotonic()
        self._drawn = 0.0
        self._bar = sys.stderr.isatty()

    def advance(self, units: int) -> None:
        """Count `units` more, and tell where it is time to."""
        self.done += units
        now = time.monotonic()
        if now - self._told >= LOG_EVERY_SECONDS:
            self._told = now
            self._tell(self._line(now))
        if self._bar and now - self._drawn >= DRAW_EVERY_SECONDS:
            self._drawn = now
            filled = BAR_WIDTH * self.done // max(self.total, 1)
            bar = "█" * filled + "·" * (BAR_WIDTH - filled)
            sys.stderr.write(f"\r\x1b[2K{bar} {self._line(now)}")
            sys.stderr.flush()

    def end(self) -> None:
        """Clear the bar."""
        if self._bar and self._drawn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _line(self, now: float) -> str:
        rate = self.done / max(now - self._started, 1e-9)
        left = (self.total - self.done) / rate if rate else 0.0
        return f"{self.name}: {self.done:,} of {self.total:,} {self.unit}, {rate:,.0f}/s, {left:,.0f} s left"

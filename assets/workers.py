"""Worker processes for heavy stages.

Belongs here: handing batches to processes and giving results back in order, within bounded memory.
Does not belong here: the database. A worker never opens it: it is given frames and gives frames back.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Workers:
    """A pool of processes, started when first needed.

    Starting costs each process a second or two of imports, so little work is done where it is.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def map(self, work: Callable[[Given], Made], batches: Iterable[Given]) -> Iterator[Made]:
        """Yield `work(batch)` for each batch, in their order.

        With one process, or one batch, nothing leaves this process. Otherwise at most two batches per
        process are under way, so that memory does not grow with the number of batches.
        """
        iterator = iter(batches)
        ahead: deque[Given] = deque()
        for batch in iterator:
            ahead.append(batch)
            if len(ahead) == 2:
                break
        if self.processes < 2 or len(ahead) < 2:
            for batch in ahead:
                yield work(batch)
            for batch in iterator:
                yield work(batch)
            return
        pool = self._started()
        running: deque[Future[Made]] = deque(pool.submit(work, batch) for batch in ahead)
        ahead.clear()
        for batch in iterator:
            running.append(pool.submit(work, batch))
            if len(running) >= 2 * self.processes:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not fork: this process runs threads of DuckDB, Polars and Dagster.
            self._pool = ProcessPoolExecutor(
                self.processes, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker
            )
        return self._pool

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _start_worker() -> None:
    # One process per core already: threads of their own would only be in each other's way.
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"

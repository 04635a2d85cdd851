"""What assets are given: the input folder, the data folder, the open warehouse and the worker processes.

Belongs here: configuration and lifetimes. Does not belong here: what is done with them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from pydantic import PrivateAttr

from assets.workers import Workers
from pipeline import publishing
from pipeline.warehouse import Warehouse

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: relative folders are below it, whatever the working directory."""


def input_folder() -> str:
    """Return `KHABAR_INPUT`, by default the sample articles."""
    return os.environ.get("KHABAR_INPUT") or "seeds/articles"


def data_folder() -> str:
    """Return `KHABAR_DATA`, by default `data`."""
    return os.environ.get("KHABAR_DATA") or "data"


def memory_limit() -> str | None:
    """Return `KHABAR_MEMORY`, the most memory the warehouse may take, such as `4GB`; None where it is not set."""
    return os.environ.get("KHABAR_MEMORY") or None


def absolute(folder: str) -> Path:
    """Return a folder as given, or below the checkout where it is relative."""
    return (ROOT / Path(folder).expanduser()).resolve()


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folders one run works on; while it runs, their warehouse and the worker processes.

    Attributes:
        input: Folder of raw files, read recursively, never written.
        data: Folder of everything Khabar writes.
        lock_wait_seconds: How long to wait for another run on the same data folder before giving up.
        workers: Worker processes for heavy stages; 0 for as many as there are cores.
        memory: Most memory the warehouse may take, such as `4GB`; where it is not said, four fifths of the machine's.
    """

    input: str
    data: str
    lock_wait_seconds: float = 600.0
    workers: int = 0
    memory: str | None = None

    _warehouse: Warehouse | None = PrivateAttr(default=None)
    _workers: Workers | None = PrivateAttr(default=None)
    _snapshot: publishing.Snapshot | None = PrivateAttr(default=None)
    _check_results: list[publishing.CheckResult] = PrivateAttr(default_factory=list)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Any]:
        """Hold the data folder for as long as the run lasts."""
        run_id = context.run.run_id if context.run else "no-run"
        with Warehouse(
            self.data_path, run_id, wait_seconds=self.lock_wait_seconds, memory_limit=self.memory
        ) as warehouse:
            self._warehouse = warehouse
            self._workers = Workers(self.workers or os.cpu_count() or 1)
            self._check_results = []
            self._snapshot = publishing.Snapshot(warehouse, self.data_path / publishing.FILE_NAME)
            try:
                yield self
            finally:
                self._snapshot.discard()
                self._workers.close()
                self._warehouse = self._workers = self._snapshot = None

    @property
    def input_path(self) -> Path:
        """The input folder."""
        return absolute(self.input)

    @property
    def data_path(self) -> Path:
        """The data folder."""
        return absolute(self.data)

    @property
    def warehouse(self) -> Warehouse:
        """The open warehouse of the run."""
        return _given(self._warehouse)

    @property
    def pool(self) -> Workers:
        """The worker processes of the run."""
        return _given(self._workers)

    @property
    def snapshot(self) -> publishing.Snapshot:
        """The snapshot this run builds."""
        return _given(self._snapshot)

    @property
    def check_results(self) -> list[publishing.CheckResult]:
        """The outcomes of the checks of this run's snapshot, as they come."""
        return self._check_results


def _given(value: T | None) -> T:
    if value is None:
        raise RuntimeError("the warehouse is open only while a run lasts")
    return value

"""`make doctor`: what is wrong with a data folder, and how to mend it; `--fix` mends what is safe.

Belongs here: looking at the lock, leftover files, both databases, Dagster's runs, versions and disk.
Does not belong here: anything that changes rows. The one thing never done here is deleting a database.
"""

import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import dagster as dg
import duckdb
import psutil

from assets import home
from assets.automation import IN_FLIGHT
from pipeline import publishing, schema
from pipeline.warehouse import FILE_NAME as WAREHOUSE_NAME
from pipeline.warehouse import FOLDER, DataFolderLock, WarehouseLockedError

LEAST_FREE_BYTES: Final = 1_000_000_000
"""Below this a run over a middling archive can fail midway."""
LAST_SEEN: Final = ("last_tick_timestamp", "last_tick_start_timestamp", "last_iteration_timestamp")
"""Where Dagster notes when it last looked at a sensor or schedule: before that time it does not look again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        subject: What was looked at.
        ok: Whether it is as it should be.
        said: What was found, and how to mend it where it is not as it should be.
    """

    subject: str
    ok: bool
    said: str

    def __str__(self) -> str:
        """Return the line a person reads."""
        return f"{'ok  ' if self.ok else 'BAD '} {self.subject}: {self.said}"


def examine(data: Path, *, fix: bool = False) -> list[Finding]:
    """Look at a data folder and return what was found; with `fix`, mend what is safe."""
    findings = [_versions()]
    findings.append(_disk(data))
    if not data.is_dir():
        return [*findings, Finding("data folder", ok=True, said=f"{data} is not there yet: `make run` makes it")]
    lock = DataFolderLock(data)
    try:
        lock.acquire(0)
    except WarehouseLockedError:
        findings.append(_holder(lock))
        return [*findings, *_published(data)]
    except Exception as error:
        return [*findings, Finding("data folder", ok=False, said=str(error))]
    try:
        findings.append(Finding("lock", ok=True, said="nobody holds the data folder"))
        findings += _leftovers(data, fix)
        findings += _warehouse(data)
        findings += _published(data)
        findings += _stuck_runs(data, fix)
        findings += _clock(data)
    finally:
        lock.release()
    return findings


def _versions() -> Finding:
    names = ("khabar", "dagster", "duckdb", "polars", "hazm", "pyarrow", "numba")
    listed = ", ".join(f"{name} {version(name)}" for name in names)
    same = version("dagster") == version("dagster-webserver")
    said = f"Python {platform.python_version()}, {listed}"
    if not same:
        said += f"; dagster-webserver is {version('dagster-webserver')} and must be the same: run `make setup`"
    return Finding("versions", ok=same, said=said)


def _disk(data: Path) -> Finding:
    there = data
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    enough = free >= LEAST_FREE_BYTES
    said = f"{free / 1e9:,.1f} GB free for {data}"
    return Finding("disk", ok=enough, said=said if enough else f"{said}: too little; free some or set KHABAR_DATA")


def _holder(lock: DataFolderLock) -> Finding:
    holder = lock.holder()
    if holder is None:
        return Finding("lock", ok=True, said="a process holds the data folder")
    alive = psutil.pid_exists(holder.pid)
    said = f"held by {holder}"
    return Finding(
        "lock", ok=alive, said=said if alive else f"{said}, which is not on this machine: look where else it is mounted"
    )


def _leftovers(data: Path, fix: bool) -> Iterator[Finding]:
    names = [*data.glob(f".{publishing.FILE_NAME}{publishing.TEMPORARY_SUFFIX}*")]
    for path in names:
        if fix:
            path.unlink()
        yield Finding(
            "leftovers", ok=fix,
            said=f"{path.name}, left by a run that was stopped, " + ("is removed" if fix else "may go: --fix removes it"),
        )  # fmt: skip
    if not names:
        yield Finding("leftovers", ok=True, said="no file of a stopped run")


def _warehouse(data: Path) -> Iterator[Finding]:
    path = data / FOLDER / WAREHOUSE_NAME
    remedy = f"delete {path} and run `make run`: it is made again from the input"
    if not path.exists():
        yield Finding("warehouse", ok=True, said="not there: `make run` makes it")
        return
    try:
        with duckdb.connect(str(path)) as con:
            rows = 0
            for table in schema.WAREHOUSE:
                # Every column of every row is read: a damaged block shows only when it is.
                columns = ", ".join(f'count("{c.name}"), max(hash("{c.name}"))' for c in table.columns)
                rows += con.execute(f"SELECT count(*), {columns} FROM {table.full_name}").fetchall()[0][0]
        yield Finding("warehouse", ok=True, said=f"{rows:,} rows in {path.stat().st_size / 1e6:,.1f} MB, all readable")
    except duckdb.CatalogException:
        yield Finding("warehouse", ok=True, said="made by another version of Khabar: the next run brings it up to date")
    except duckdb.Error as error:
        yield Finding("warehouse", ok=False, said=f"damaged ({str(error).splitlines()[0]}); {remedy}")


def _published(data: Path) -> Iterator[Finding]:
    path = data / publishing.FILE_NAME
    if not path.exists():
        yield Finding("published file", ok=True, said="nothing published yet")
        return
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        yield Finding(
            "published file",
            ok=False,
            said=f"{wal.name} lies beside it: someone opened it for writing; close that and delete {wal.name}",
        )
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            ((contract, when),) = con.execute("SELECT version, published_at FROM meta.contract").fetchall()
            documents = con.execute("SELECT count(*) FROM news.documents").fetchall()[0][0]
        yield Finding(
            "published file",
            ok=True,
            said=f"contract {contract}, {documents:,} documents, published {when:%Y-%m-%d %H:%M} UTC",
        )
    except (duckdb.Error, ValueError) as error:
        yield Finding(
            "published file",
            ok=False,
            said=f"cannot be read ({str(error).splitlines()[0]}); delete it and run `make run`",
        )


def _stuck_runs(data: Path, fix: bool) -> Iterator[Finding]:
    if not (data / "dagster").is_dir():
        return
    os.environ["DAGSTER_HOME"] = str(data / "dagster")
    with home.instance(data) as instance:
        # Nobody holds the data folder, so no run can be under way; only a queued one may still come.
        started = [s for s in IN_FLIGHT if s is not dg.DagsterRunStatus.QUEUED]
        runs = instance.get_runs(dg.RunsFilter(statuses=started))
        for run in runs:
            if fix:
                instance.report_run_failed(run, "Marked as failed by `make doctor`: its process is gone.")
            yield Finding(
                "stuck runs", ok=fix,
                said=f"{run.run_id} ({run.status.value}) has no process; " + ("marked as failed" if fix else "--fix marks it as failed"),
            )  # fmt: skip
        if not runs:
            yield Finding("stuck runs", ok=True, said="none")


def _clock(data: Path) -> Iterator[Finding]:
    """Find triggers that wait for a time that the clock, set back since, has yet to reach."""
    if not (data / "dagster").is_dir():
        return
    now = time.time()
    with home.instance(data) as instance:
        waiting = {
            state.instigator_name: last
            for state in instance.all_instigator_state()
            if (last := max((getattr(state.instigator_data, name, None) or 0.0) for name in LAST_SEEN)) > now + 3600
        }
    for name, last in waiting.items():
        yield Finding(
            "clock", ok=False,
            said=f"{name} was last looked at on {datetime.fromtimestamp(last, UTC):%Y-%m-%d %H:%M} UTC, which is yet to come: the "
            f"clock was set back, and it waits until then. Stop the daemon, delete {data / 'dagster' / 'schedules'}, start it: "
            "only the history of triggers is lost",
        )  # fmt: skip
    if not waiting:
        yield Finding("clock", ok=True, said="no trigger waits for a time that is past")

"""One run from the command line: every asset once, then a summary a person can read.

Belongs here: starting the job in this process and saying how it went.
Does not belong here: what the job does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Final

import dagster as dg
import duckdb

from assets import home
from assets.resources import ROOT, absolute, data_folder, input_folder
from pipeline import publishing

FULL_BELOW: Final = 1_000_000
"""A disk with fewer bytes free is called full."""


def run_once(
    *,
    full_refresh: bool = False,
    audit: bool = False,
    path_glob: str = "*",
    limit: int | None = None,
    verbose: bool = False,
) -> int:
    """Materialise every asset, print the summary and return the exit status: 0, or 1 with the reason last."""
    started = time.monotonic()
    source, data = absolute(input_folder()), absolute(data_folder())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    print(f"khabar: reading {source} into {data}", flush=True)  # noqa: T201
    if "NUMBA_CACHE_DIR" not in os.environ and not any((ROOT / "pipeline").rglob("*.nbi")):
        print("khabar: the first run in a checkout compiles its kernels, about a minute, once", flush=True)  # noqa: T201
    try:
        instance = home.instance(data)
    except (OSError, dg.DagsterInvariantViolationError) as error:
        return _failed(f"cannot write to the data folder {data}: {error}. Mend its permissions or set KHABAR_DATA.")
    try:
        result = _materialise(
            instance,
            {"full_refresh": full_refresh, "audit": audit, "path_glob": path_glob, "limit": limit},
            source,
            data,
            "DEBUG" if verbose else "INFO",
        )
    except Exception as error:
        return _failed(_reason(error))
    finally:
        instance.dispose()
    if not result.success:
        return _failed(*_failures(result))
    print(summary(data / publishing.FILE_NAME, time.monotonic() - started))  # noqa: T201
    return 0


def _materialise(
    instance: dg.DagsterInstance, config: dict[str, Any], source: Path, data: Path, log_level: str
) -> dg.ExecuteInProcessResult:
    from assets.automation import JOB_NAME
    from assets.definitions import build_definitions

    definitions = build_definitions(input=str(source), data=str(data))
    job = definitions.resolve_job_def(JOB_NAME)
    config = {name: value for name, value in config.items() if value is not None}
    return job.execute_in_process(
        instance=instance,
        run_config={
            "ops": {"parse": {"config": config}},
            "loggers": {"console": {"config": {"log_level": log_level}}},
        },
        raise_on_error=False,
    )


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    reasons: list[str] = []
    for event in result.all_events:
        data = event.event_specific_data
        error = getattr(data, "error", None)
        if event.is_failure and error is not None:
            while error.cause is not None:
                error = error.cause
            description = getattr(getattr(data, "user_failure_data", None), "description", None)
            reasons.append(description or _said(error.message))
        if event.event_type_value == "ASSET_CHECK_EVALUATION" and not data.passed:  # type: ignore[union-attr]
            table = data.asset_key.to_user_string()  # type: ignore[union-attr]
            reasons.append(f"check {data.check_name} of {table} failed")  # type: ignore[union-attr]
    return reasons or ["the run failed; see it in `make dev` or with --verbose"]


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return _said(f"{type(error).__name__}: {error}")


def _said(message: str) -> str:
    """Return what a person needs of an error's message: its first line, without the statement that met it."""
    return message.strip().partition("\n")[0]


def _failed(*reasons: str) -> int:
    target = absolute(data_folder()) / publishing.FILE_NAME
    print("khabar: FAILED, nothing was published", file=sys.stderr)  # noqa: T201
    with contextlib.suppress(OSError):
        # Whoever comes last to a full disk has words of his own for it: SQLite's are "disk I/O error".
        if shutil.disk_usage(target.parent).free < FULL_BELOW:
            reasons = (f"No space left on device: free some on the disk of {target.parent}", *reasons)
    for reason in dict.fromkeys(reasons):
        print(f"khabar: {reason}", file=sys.stderr)  # noqa: T201
    if target.exists():
        print(f"khabar: the last good snapshot stays: {target}", file=sys.stderr)  # noqa: T201
    return 1


def summary(target: Path, seconds: float) -> str:
    """Return what a person wants to know after a run, read from the published file."""
    with duckdb.connect(str(target), read_only=True) as con:

        def one(sql: str) -> Any:
            return con.execute(sql).fetchall()[0][0]

        files = dict(con.execute("SELECT state, count(*) FROM news.files GROUP BY state").fetchall())
        languages = con.execute(
            "SELECT language, count(*) AS n FROM news.documents GROUP BY language ORDER BY n DESC, language"
        ).fetchall()
        rejects = con.execute(
            "SELECT path || coalesce(' record ' || record, '') || ': ' || reason FROM news.rejects ORDER BY path, record"
        ).fetchall()
        lines = [
            f"files       {files.get('parsed', 0):,} read, {files.get('rejected', 0):,} rejected, "
            f"{files.get('deleted', 0):,} deleted since",
            "documents   " + (", ".join(f"{name} {count:,}" for name, count in languages) or "none"),
            f"duplicates  {one('SELECT count(*) FROM news.duplicates'):,} copies in "
            f"{one('SELECT count(DISTINCT cluster_id) FROM news.duplicates'):,} clusters",
            f"mentions    {one('SELECT count(*) FROM news.mentions'):,}, of "
            f"{one('SELECT count(*) FROM news.entities'):,} entities; "
            f"{one('SELECT count(*) FROM news.dates'):,} dates, {one('SELECT count(*) FROM news.quantities'):,} amounts",
            f"stories     {one('SELECT count(DISTINCT story_id) FROM news.stories'):,}",
            f"database    {target} ({target.stat().st_size / 1e6:,.1f} MB, in {seconds:.1f} s)",
        ]
    if rejects:
        lines += ["rejected:", *(f"  {reason}" for (reason,) in rejects[:10])]
        if len(rejects) > 10:
            lines.append(f"  ... and {len(rejects) - 10:,} more: SELECT * FROM news.rejects")
    query = (
        "SELECT e.name_en, count(DISTINCT m.document_id) AS documents FROM news.mentions m "
        "JOIN news.entities e USING (entity_id) GROUP BY ALL ORDER BY documents DESC LIMIT 10;"
    )
    lines += ["try:", f'  .venv/bin/python -m assets sql "{query}"']
    return "\n".join(lines)

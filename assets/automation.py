"""When the pipeline runs by itself: one job, a daily schedule, a sensor for new and changed files.

Belongs here: triggers, and when they hold back. Does not belong here: what a run does.

Both triggers hold back while a run is queued or under way: the run that follows sees everything that came
in meanwhile, so a backlog is one run and not many.
"""

import os
from pathlib import Path
from typing import Any, Final

import dagster as dg

from assets.resources import absolute

# What define_asset_job returns; Dagster does not export its name.
Job = Any

JOB_NAME: Final = "khabar"
IN_FLIGHT: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FILES_LOOKED_AT: Final = 200_000
"""Up to so many files the sensor looks at each; beyond, at folders only, whose time moves when a file comes,
goes or is renamed. A file written over in place is then found by the daily schedule."""


def in_flight(instance: dg.DagsterInstance) -> bool:
    """Say whether a run of the job is queued or under way."""
    runs = instance.get_runs(dg.RunsFilter(job_name=JOB_NAME, statuses=IN_FLIGHT), limit=1)
    return bool(runs)


def build_job() -> Job:
    """Return the one job: every asset, in one process, so that one run holds the warehouse throughout."""
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Reads what is new in the input folder and publishes the database.",
        tags={"dagster/max_runtime": str(24 * 3600)},
    )


def build_schedule(job: Job, cron: str, time_zone: str) -> dg.ScheduleDefinition:
    """Return the daily schedule, on by default."""

    @dg.schedule(
        job=job,
        name="daily",
        cron_schedule=cron,
        execution_timezone=time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="One run a day; holds back while one is queued or under way.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if in_flight(context.instance):
            return dg.SkipReason("a run is queued or under way; what is new will be in it or in the next")
        return dg.RunRequest()

    return daily


def build_sensor(job: Job, input_folder: str, data_folder: str) -> dg.SensorDefinition:
    """Return the sensor for new, changed and removed files, on by default."""

    @dg.sensor(
        job=job,
        name="new_files",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run when files have come, gone or changed in the input folder.",
    )
    def new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        folder = absolute(input_folder)
        if not folder.is_dir():
            return dg.SkipReason(f"the input folder {folder} is not there")
        if in_flight(context.instance):
            return dg.SkipReason("a run is queued or under way; files are looked at again after it")
        seen = glance(folder, absolute(data_folder))
        if seen == context.cursor:
            return dg.SkipReason("no file has come, gone or changed")
        context.update_cursor(seen)
        return dg.RunRequest()

    return new_files


def glance(folder: Path, data: Path, *, looked_at: int = FILES_LOOKED_AT) -> str:
    """Return a short text that moves when a file below `folder` comes, goes or changes.

    It is made of how many files there are and of each one's number, size and time; no file is opened. Times are
    not compared, so a clock set back hides nothing.

    Args:
        folder: The input folder.
        data: Khabar's own data, passed over where it lies inside.
        looked_at: Up to how many files each is looked at: see `FILES_LOOKED_AT`.
    """
    files = looked = told = 0
    entered: set[tuple[int, int]] = set()
    pending = [os.fspath(folder)]
    hidden = os.path.realpath(data)
    while pending:
        current = pending.pop()
        try:
            status = os.stat(current)
            if (status.st_dev, status.st_ino) in entered or os.path.realpath(current) == hidden:
                continue
            entered.add((status.st_dev, status.st_ino))
            told += hash((status.st_ino, status.st_mtime_ns))
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        pending.append(entry.path)
                        continue
                    files += 1
                    if looked < looked_at:
                        looked += 1
                        status = entry.stat()
                        told += hash((status.st_ino, status.st_size, status.st_mtime_ns))
        except OSError:
            # Gone while we looked: that moves its folder's time, and the next look sees it.
            continue
    # Hashes of whole numbers are the same in every process; a sum does not depend on the order of folders.
    return f"{files} files, {told & 0xFFFFFFFFFFFFFFFF:016x}"

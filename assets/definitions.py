"""The code location: everything Dagster is told about Khabar.

Belongs here: putting assets, checks, job, schedule, sensor and resources together.
Does not belong here: any of them.
"""

import os

import dagster as dg

from assets import (
    alerts,
    articles,
    automation,
    deduplication,
    entities,
    indexing,
    language,
    logs,
    normalization,
    parsing,
    publishing,
    stories,
)
from assets.resources import Workspace, data_folder, input_folder, memory_limit

ASSETS = [
    parsing.parse,
    articles.settle,
    language.detect_language,
    normalization.normalize,
    deduplication.deduplicate,
    entities.tag_entities,
    entities.link_entities,
    stories.group_stories,
    indexing.index_words,
    publishing.tables,
    publishing.khabar,
]


def build_definitions(
    *,
    input: str | None = None,  # noqa: A002
    data: str | None = None,
    cron: str | None = None,
    time_zone: str | None = None,
    workers: int = 0,
    lock_wait_seconds: float = 600.0,
) -> dg.Definitions:
    """Return the definitions of the whole pipeline.

    Args:
        input: Folder of raw files; by default `KHABAR_INPUT`, else `seeds/articles`.
        data: Folder of all that Khabar writes; by default `KHABAR_DATA`, else `data`.
        cron: When the daily run starts, in `time_zone`; by default `KHABAR_SCHEDULE`, else 03:30.
        time_zone: IANA name of the schedule's zone; by default `KHABAR_TIME_ZONE`, else Asia/Tehran.
        workers: Worker processes for heavy stages; 0 for as many as there are cores.
        lock_wait_seconds: How long a run waits for another one on the same data folder.
    """
    given_input, given_data = input or input_folder(), data or data_folder()
    cron = cron or os.environ.get("KHABAR_SCHEDULE") or "30 3 * * *"
    time_zone = time_zone or os.environ.get("KHABAR_TIME_ZONE") or "Asia/Tehran"
    job = automation.build_job()
    return dg.Definitions(
        assets=ASSETS,
        jobs=[job],
        schedules=[automation.build_schedule(job, cron, time_zone)],
        sensors=[automation.build_sensor(job, given_input, given_data), alerts.build_sensor(job)],
        resources={
            "workspace": Workspace(
                input=given_input,
                data=given_data,
                workers=workers,
                lock_wait_seconds=lock_wait_seconds,
                memory=memory_limit(),
            )
        },
        executor=dg.in_process_executor,
        loggers={"console": logs.console},
    )


defs = build_definitions()

"""Dagster's home inside the data folder, with the settings a year of unattended runs asks for.

Belongs here: `dagster.yaml` and the environment Dagster starts in. Does not belong here: definitions.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

import dagster as dg

SETTINGS: Final = """\
# Written by Khabar at every start; to change it, set KHABAR_DAGSTER_YAML to a file of your own.
telemetry:
  enabled: false
nux:
  enabled: false

# A run that died without saying so is found, ended, and its place in the queue is given back.
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
  cancel_timeout_seconds: 180
  max_runtime_seconds: 86400
  poll_interval_seconds: 60
  free_slots_after_run_end_seconds: 60

# One run at a time: the warehouse has one writer.
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    granularity: run

# A run whose process died (killed, out of memory, the machine went down) is run again: it goes on from its last
# batch. A step that failed said why (a check, a full disk, no input), and would say the same again.
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false

retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 30
      success: 90
"""


def prepare(data: Path) -> Path:
    """Make `data/dagster`, put its settings there, point `DAGSTER_HOME` at it and return it.

    Raises:
        OSError: If the data folder cannot be written.
    """
    home = data / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    own = os.environ.get("KHABAR_DAGSTER_YAML")
    settings = Path(own).read_text(encoding="utf-8") if own else SETTINGS
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != settings:
        target.write_text(settings, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def instance(data: Path) -> dg.DagsterInstance:
    """Return the Dagster instance of a data folder; of two that make its databases at once the second waits."""
    with (prepare(data) / ".opening").open("w") as file:
        # Given back by the kernel when the file is closed, or its process dies.
        fcntl.flock(file, fcntl.LOCK_EX)
        return dg.DagsterInstance.get()

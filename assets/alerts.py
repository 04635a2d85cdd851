"""Telling a person that a run failed.

Belongs here: the sensor on failed runs and the message it sends. Does not belong here: deciding what a
failure is (Dagster does), or any one chat service: the message is JSON to an address of the operator's.
"""

import json
import os
import urllib.request
from typing import Any, Final

import dagster as dg

from assets.automation import Job

ADDRESS: Final = "KHABAR_ALERT_URL"
"""Environment variable: an http or https address that takes a POST of JSON, such as a chat's webhook."""
TIMEOUT_SECONDS: Final = 10


def message(run_id: str, job: str, reason: str) -> dict[str, str]:
    """Return what is sent: `text` is what the webhooks of most chats show."""
    return {
        "text": f"Khabar: the run {run_id} of {job} failed: {reason}",
        "run_id": run_id,
        "job": job,
        "reason": reason,
    }


def send(address: str, said: dict[str, str]) -> None:
    """POST a message.

    Raises:
        ValueError: If the address is neither http nor https.
        OSError: If it cannot be reached or answers with an error.
    """
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{ADDRESS} must begin with http:// or https://, not {address[:20]!r}")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        address, json.dumps(said, ensure_ascii=False).encode(), {"Content-Type": "application/json; charset=utf-8"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
        pass


def build_sensor(job: Job) -> dg.SensorDefinition:
    """Return the sensor on failed runs: on where an address is set, else waiting to be switched on."""
    address = os.environ.get(ADDRESS)

    @dg.run_failure_sensor(
        name="failed_runs",
        monitored_jobs=[job],
        default_status=dg.DefaultSensorStatus.RUNNING if address else dg.DefaultSensorStatus.STOPPED,
        description=f"Sends a message to the address in {ADDRESS} when a run fails.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> Any:
        if not address:
            return dg.SkipReason(f"{ADDRESS} is not set: nobody is told")
        send(address, message(context.dagster_run.run_id, context.dagster_run.job_name, context.failure_event.message))
        return None

    return failed_runs

"""`make dev` as an operator meets it: schedule, sensor, publication, and another run where a run's process died.

    python -m tests.faults.dev_server

Takes about four minutes: the schedule is set to every minute, and the sensor looks once a minute.

Belongs here: watching a real server and daemon from outside. Does not belong here: definitions (`tests/assets`).
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from pipeline.warehouse import DataFolderLock
from tests.faults.harness import ROOT, environment, write_article, write_corpus

RUNS = "{runsOrError{... on Runs{results{runId status tags{key value}}}}}"
PATIENCE = 300.0


def runs(port: int) -> list[dict[str, Any]]:
    """Ask the server for its runs, newest first; none while it does not answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", json.dumps({"query": RUNS}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            found = json.load(answer)["data"]["runsOrError"]["results"]
    except (OSError, urllib.error.URLError, ValueError, KeyError):
        return []
    for run in found:
        run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]}
    return list(found)


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    """Wait until something holds, and say how long it took.

    Raises:
        TimeoutError: If it does not within `PATIENCE` seconds.
    """
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > PATIENCE:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.2)
    print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)


def documents(data: Path) -> int:
    """Return how many documents are published, 0 before the first publication."""
    try:
        with duckdb.connect(":memory:") as con:
            con.execute(f"ATTACH '{data / 'khabar.duckdb'}' AS k (READ_ONLY)")
            return int(con.execute("SELECT count(*) FROM k.news.documents").fetchall()[0][0])
    except duckdb.Error:
        return 0


def kill_a_run(data: Path) -> bool:
    """Kill the process that writes to the data folder; say whether there was one."""
    holder = DataFolderLock(data).holder()
    if holder is None:
        return False
    try:
        os.kill(holder.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def succeeded(port: int, tag: str, value: str) -> bool:
    """Say whether a run with this tag has succeeded."""
    return any(run["status"] == "SUCCESS" and run["tags"].get(tag) == value for run in runs(port))


def main() -> int:
    """Start the server, watch, stop it; 0 where all came to pass."""
    folder = Path(tempfile.mkdtemp())
    source, data = folder / "input", folder / "data"
    write_corpus(source, 8)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assets", "dev", "--port", str(port)],
            cwd=ROOT,
            env=environment(source, data, KHABAR_SCHEDULE="* * * * *"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for("the server answers", lambda: bool(runs(port)))
        wait_for("a run has published the first files", lambda: documents(data) == 8)
        wait_for("a run of the schedule has succeeded", lambda: succeeded(port, "dagster/schedule_name", "daily"))
        before = (data / "khabar.duckdb").stat().st_ino
        write_article(source, 1000, random.Random(0))
        wait_for("a new file is published", lambda: documents(data) == 9)
        wait_for("a run of the sensor has succeeded", lambda: succeeded(port, "dagster/sensor_name", "new_files"))
        assert (data / "khabar.duckdb").stat().st_ino != before
        print("the snapshot was replaced")
        # A run that dies when all its steps are done has nothing left to do again.
        wait_for("that run has ended", lambda: DataFolderLock(data).holder() is None)
        write_article(source, 1001, random.Random(0))
        wait_for("a run is killed while it writes", lambda: kill_a_run(data))
        wait_for("it is run again, and succeeds", lambda: succeeded(port, "dagster/retry_number", "1"))
        wait_for("what it was about is published", lambda: documents(data) == 10)
    except (TimeoutError, AssertionError) as error:
        print(f"{error}\n{(folder / 'log').read_text()[-3000:]}")
        return 1
    else:
        return 0
    finally:
        # `dagster dev` may ignore SIGTERM where it was started without a terminal.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["pkill", "-9", "-f", str(data)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

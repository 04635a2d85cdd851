"""The doctor: finds what is wrong, says how to mend it, mends only what is safe."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, SensorInstigatorData
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from assets import doctor, home
from assets.automation import JOB_NAME
from assets.definitions import build_definitions
from tests.conftest import Chain
from tests.test_warehouse import hold


def said(data: Path, *, fix: bool = False) -> dict[str, tuple[bool, str]]:
    return {finding.subject: (finding.ok, finding.said) for finding in doctor.examine(data, fix=fix)}


@pytest.fixture
def published(chain: Chain) -> Path:
    chain.write(
        "a.txt", "نشست وزیران در تهران\n\nوزیران در تهران درباره همکاری‌های دو کشور گفت‌وگو کردند و بیانیه‌ای دادند.\n"
    )
    assert chain.run().success
    return chain.data


def test_a_healthy_folder_is_healthy(published: Path) -> None:
    findings = doctor.examine(published)
    assert all(finding.ok for finding in findings), [str(f) for f in findings]
    assert {f.subject for f in findings} >= {"versions", "disk", "lock", "leftovers", "warehouse", "published file"}


def test_a_holder_is_named(tmp_path: Path) -> None:
    process = hold(tmp_path, 30)
    try:
        ok, text = said(tmp_path)["lock"]
    finally:
        process.kill()
        process.wait()
    assert ok
    assert f"process {process.pid}" in text


def test_leftovers_are_found_and_removed_on_request(published: Path) -> None:
    left = published / ".khabar.duckdb.building"
    left.write_bytes(b"x")
    assert not said(published)["leftovers"][0]
    assert left.exists()
    assert said(published, fix=True)["leftovers"][0]
    assert not left.exists()


def test_a_damaged_warehouse_is_found_and_left_alone(published: Path) -> None:
    path = published / "warehouse" / "warehouse.duckdb"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    ok, text = said(published, fix=True)["warehouse"]
    assert not ok
    assert str(path) in text
    assert path.exists()


def test_a_damaged_published_file_is_found(published: Path) -> None:
    (published / "khabar.duckdb").write_bytes(b"not a database")
    assert not said(published)["published file"][0]


def test_stuck_runs_are_found_and_ended_on_request(published: Path) -> None:
    with home.instance(published) as instance:
        job = build_definitions(input=str(published), data=str(published)).resolve_job_def(JOB_NAME)
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    ok, text = said(published)["stuck runs"]
    assert not ok
    assert run.run_id in text
    assert said(published, fix=True)["stuck runs"][0]
    with home.instance(published) as instance:
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        assert ended.status == dg.DagsterRunStatus.FAILURE


def test_a_trigger_that_waits_for_a_time_past_is_found(published: Path) -> None:
    """Dagster does not look at a sensor again before the time of its last look: a clock set back a day stops it for a day."""
    origin = RemoteInstigatorOrigin(
        RemoteRepositoryOrigin(
            InProcessCodeLocationOrigin(loadable_target_origin=LoadableTargetOrigin(executable_path="python")),
            "__repository__",
        ),
        "new_files",
    )
    with home.instance(published) as instance:
        instance.add_instigator_state(
            InstigatorState(
                origin,
                InstigatorType.SENSOR,
                InstigatorStatus.RUNNING,
                SensorInstigatorData(last_tick_start_timestamp=time.time() + 24 * 3600),
            )
        )
    ok, text = said(published)["clock"]
    assert not ok
    assert "new_files" in text
    assert "schedules" in text
    shutil.rmtree(published / "dagster" / "schedules")
    assert said(published)["clock"][0]


def test_the_command_ends_with_a_status(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assets", "doctor"],
        cwd=Path(__file__).resolve().parent.parent.parent,
        env={**os.environ, "KHABAR_DATA": str(tmp_path / "none")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "make run" in done.stdout

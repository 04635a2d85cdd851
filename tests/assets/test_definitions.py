"""The code location as a Dagster server would load it, and what its UI shows of each asset."""

import os
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from assets import previews
from assets.automation import JOB_NAME, glance
from assets.definitions import build_definitions
from pipeline import publishing, schema

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    folder = tmp_path_factory.mktemp("definitions")
    return build_definitions(input=str(folder), data=str(folder / "data"))


def test_definitions_load_as_a_server_loads_them(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_dg_finds_nothing_wrong() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dg"), "check", "defs"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_table_is_an_asset_that_says_what_it_is(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    for table in (*schema.PUBLISHED, *schema.SEARCH):
        spec = specs[f"{table.schema}/{table.name}"]
        assert spec.description
        assert spec.group_name == table.schema
        assert spec.owners
        assert spec.code_version
        assert spec.kinds
        assert len(spec.metadata["dagster/column_schema"].columns) == len(table.columns)
    assert all(spec.group_name and spec.description and spec.code_version for spec in specs.values())


def test_every_published_table_has_a_blocking_check_of_its_schema(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    blocking = {
        (k.asset_key.to_user_string(), k.name) for k in graph.asset_check_keys if graph.get_check_spec(k).blocking
    }
    assert {(f"news/{table.name}", "schema") for table in schema.PUBLISHED} <= blocking
    assert len(blocking) == len(publishing.checks())


def test_the_job_holds_every_asset_and_runs_in_one_process(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(JOB_NAME)
    assert job.executor_def is dg.in_process_executor
    every = {spec.key for spec in definitions.resolve_all_asset_specs()}
    assert set(job.asset_layer.executable_asset_keys) == every


def test_the_schedule_has_a_zone_and_is_on(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily")
    assert schedule.execution_timezone
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_schedule_holds_back_while_a_run_is_in_flight(definitions: dg.Definitions) -> None:
    with dg.DagsterInstance.local_temp() as instance:
        schedule = definitions.resolve_schedule_def("daily")
        with dg.build_schedule_context(instance=instance, repository_def=definitions.get_repository_def()) as context:
            assert len(schedule.evaluate_tick(context).run_requests) == 1
        instance.create_run_for_job(definitions.resolve_job_def(JOB_NAME), status=dg.DagsterRunStatus.STARTED)
        with dg.build_schedule_context(instance=instance, repository_def=definitions.get_repository_def()) as context:
            tick = schedule.evaluate_tick(context)
        assert not tick.run_requests
        assert "under way" in str(tick.skip_message)


def test_the_sensor_sees_new_changed_and_removed_files_once(tmp_path: Path) -> None:
    made = build_definitions(input=str(tmp_path), data=str(tmp_path / "data"))
    sensor = made.resolve_sensor_def("new_files")
    with dg.DagsterInstance.ephemeral() as instance:
        cursor = None

        def tick() -> object:
            nonlocal cursor
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            answer = sensor(context)
            cursor = context.cursor
            return answer

        assert isinstance(tick(), dg.RunRequest)
        assert isinstance(tick(), dg.SkipReason)
        (tmp_path / "a.txt").write_text("one")
        assert isinstance(tick(), dg.RunRequest)
        assert isinstance(tick(), dg.SkipReason)
        (tmp_path / "a.txt").write_text("two, longer")
        assert isinstance(tick(), dg.RunRequest)
        (tmp_path / "a.txt").unlink()
        assert isinstance(tick(), dg.RunRequest)
        assert isinstance(tick(), dg.SkipReason)


def test_the_sensor_sees_a_file_written_over_though_the_clock_was_set_back(tmp_path: Path) -> None:
    """The same size, and a time before that of every other file: only a look at each file's own time tells."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("one")
    before = glance(tmp_path, tmp_path / "data")
    assert glance(tmp_path, tmp_path / "data") == before
    (tmp_path / "a.txt").write_text("two")
    yesterday = time.time_ns() - 24 * 3600 * 10**9
    os.utime(tmp_path / "a.txt", ns=(yesterday, yesterday))
    assert glance(tmp_path, tmp_path / "data") != before


def test_a_preview_keeps_right_to_left_cells_apart() -> None:
    frame = schema.REJECTS.frame([("a|b.txt", 1, "خبر ناخوانا", "run")])
    text = previews.preview(frame)
    assert "\u2067خبر ناخوانا\u2069" in text
    assert "a\\|b.txt" in text

"""The warehouse: one writer, whole batches, and what is stale."""

import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline import schema
from pipeline.warehouse import Warehouse, WarehouseDamagedError, WarehouseError, WarehouseLockedError

HOLD = """
import sys, time
from pathlib import Path
from pipeline.warehouse import Warehouse
with Warehouse(Path(sys.argv[1]), "other"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(data: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(data), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def add_documents(warehouse: Warehouse, *ids: str) -> None:
    columns = {c.name for c in schema.PARSED_DOCUMENTS.columns if not c.nullable}
    for i in ids:
        row = dict.fromkeys(columns, i) | {"record": 0}
        with warehouse.transaction():
            warehouse.insert(schema.PARSED_DOCUMENTS, pl.DataFrame([row]))


DUE = "SELECT document_id, fingerprint AS input FROM parsing.documents"


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    process = hold(tmp_path, 30)
    try:
        with pytest.raises(WarehouseLockedError, match=rf"process {process.pid} "), Warehouse(tmp_path, "run"):
            pass
    finally:
        process.kill()
        process.wait()


def test_a_second_writer_waits_where_it_may(tmp_path: Path) -> None:
    process = hold(tmp_path, 1.0)
    with Warehouse(tmp_path, "run", wait_seconds=30):
        assert process.wait(timeout=10) == 0


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path) -> None:
    process = hold(tmp_path, 60)
    process.kill()
    process.wait()
    with Warehouse(tmp_path, "run"):
        said = json.loads((tmp_path / "khabar.lock").read_text())
    assert said["pid"] != process.pid


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        with pytest.raises(duckdb.ConversionException), warehouse.transaction():  # noqa: PT012 - both steps are the batch
            warehouse.connection.execute("INSERT INTO state.results VALUES ('s', 'd', 'f')")
            warehouse.connection.execute("SELECT CAST('midway' AS INTEGER)").fetchall()
        assert warehouse.value("SELECT count(*) FROM state.results") == 0
        assert warehouse.value("SELECT written FROM state.changes") == 0


def test_a_document_is_stale_until_its_result_is_remembered(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a", "b")
        stale = warehouse.stale("language", "1", DUE)
        assert stale["document_id"].to_list() == ["a", "b"]
        warehouse.remember("language", stale.head(1))
        assert warehouse.stale("language", "1", DUE)["document_id"].to_list() == ["b"]
        assert warehouse.stale("language", "2", DUE)["document_id"].to_list() == ["a", "b"]


def test_a_document_whose_input_moved_is_stale_again(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a", "b")
        warehouse.remember("language", warehouse.stale("language", "1", DUE))
        warehouse.connection.execute("UPDATE parsing.documents SET fingerprint = 'moved' WHERE document_id = 'b'")
        assert warehouse.stale("language", "1", DUE)["document_id"].to_list() == ["b"]


def test_rows_of_documents_that_are_no_more_are_forgotten(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a", "b")
        warehouse.remember("language", warehouse.stale("language", "1", DUE))
        rows = pl.DataFrame(
            {
                "document_id": ["a", "b"],
                "language": "fa",
                "language_confidence": 1.0,
                "is_mixed": False,
                "dialect": None,
            }
        )
        warehouse.insert(schema.LANGUAGE_DOCUMENTS, rows)
        warehouse.connection.execute("DELETE FROM parsing.documents WHERE document_id = 'a'")
        gone = warehouse.absent("language")
        assert gone["document_id"].to_list() == ["a"]
        warehouse.replace_documents([(schema.LANGUAGE_DOCUMENTS, schema.LANGUAGE_DOCUMENTS.frame())], gone)
        warehouse.forget("language", gone)
        assert warehouse.absent("language").is_empty()
        assert warehouse.frame("SELECT document_id FROM language.documents")["document_id"].to_list() == ["b"]


def test_a_table_in_another_shape_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a")
    changed = schema.Table(
        "language", "documents", "x", (*schema.LANGUAGE_DOCUMENTS.columns, schema.Column("new", "VARCHAR", "x")), key=()
    )
    monkeypatch.setattr(
        schema, "WAREHOUSE", tuple(changed if t is schema.LANGUAGE_DOCUMENTS else t for t in schema.WAREHOUSE)
    )
    with Warehouse(tmp_path, "run") as warehouse:
        assert "new" in [row[0] for row in warehouse.connection.execute("DESCRIBE language.documents").fetchall()]
        assert warehouse.value("SELECT count(*) FROM parsing.documents") == 0
        assert warehouse.value("SELECT count(*) FROM parsing.inputs") == 0


def test_a_damaged_file_is_named_and_the_remedy_with_it(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a")
    with warehouse.path.open("r+b") as file:
        file.truncate(5000)
        file.write(b"\xff" * 4096)
    with pytest.raises(WarehouseDamagedError, match="delete"), Warehouse(tmp_path, "run"):
        pass


def test_a_file_cut_short_is_named_before_anything_is_read_of_it(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a")
    with warehouse.path.open("r+b") as file:
        file.truncate(warehouse.path.stat().st_size // 2)
    with pytest.raises(WarehouseDamagedError, match="should be at least"), Warehouse(tmp_path, "run"):
        pass


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(WarehouseError, match="KHABAR_DATA"), Warehouse(tmp_path / "data", "run"):
        pass


def test_a_column_the_table_lacks_is_refused(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse, pytest.raises(ValueError, match="has no column odd"):
        warehouse.insert(schema.LANGUAGE_DOCUMENTS, pl.DataFrame({"document_id": ["a"], "odd": [1]}))


def test_the_file_does_not_grow_with_rewriting(tmp_path: Path) -> None:
    """Rewriting the same rows leaves the file within twice its size: freed blocks are used again."""
    rows = pl.DataFrame({"document_id": [f"{i:016x}" for i in range(20_000)]}).with_columns(
        pl.lit("fa").alias("language"),
        pl.lit(1.0).alias("language_confidence"),
        pl.lit(False).alias("is_mixed"),
        pl.lit(None).alias("dialect"),
    )
    sizes = []
    with Warehouse(tmp_path, "run") as warehouse:
        for _ in range(8):
            with warehouse.transaction():
                warehouse.replace_documents([(schema.LANGUAGE_DOCUMENTS, rows)], rows)
            warehouse.checkpoint(rows.height)
            sizes.append(warehouse.path.stat().st_size)
    assert sizes[-1] <= 2 * sizes[1]


def test_times_are_utc(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        now = warehouse.value("SELECT epoch(now()::TIMESTAMP)")
    assert abs(float(str(now)) - time.time()) < 5
    assert duckdb.__version__ >= "2"


def test_a_file_that_is_behind_its_log_is_not_taken_for_cut_short(tmp_path: Path) -> None:
    """A run killed before its checkpoint leaves rows in the log alone: they are replayed, and none is lost."""
    kill = (
        "import os, sys; from pathlib import Path; import polars as pl; from pipeline import schema; "
        "from pipeline.warehouse import Warehouse; w = Warehouse(Path(sys.argv[1]), 'run').__enter__(); w.connection.execute('CHECKPOINT'); "
        "rows = pl.DataFrame({'document_id': [os.urandom(8).hex() * 20 for _ in range(20000)]}).with_columns("
        "pl.lit('fa').alias('language'), pl.lit(1.0).alias('language_confidence'), pl.lit(False).alias('is_mixed'), pl.lit(None).alias('dialect'))\n"
        "with w.transaction(): w.insert(schema.LANGUAGE_DOCUMENTS, rows)\n"
        "os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", kill, str(tmp_path)], check=False)
    assert done.returncode == 9
    with Warehouse(tmp_path, "run") as warehouse:
        assert warehouse.value("SELECT count(*) FROM language.documents") == 20_000


def test_a_stage_over_all_documents_is_stale_when_any_result_moves(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run") as warehouse:
        add_documents(warehouse, "a", "b")
        warehouse.remember("entities", warehouse.stale("entities", "1", DUE))
        due = warehouse.due_whole("linking", "1", ["entities"])
        assert due is not None
        warehouse.remember_whole("linking", due)
        assert warehouse.due_whole("linking", "1", ["entities"]) is None
        assert warehouse.due_whole("linking", "2", ["entities"]) is not None
        warehouse.connection.execute("UPDATE state.results SET fingerprint = 'x' WHERE document_id = 'a'")
        assert warehouse.due_whole("linking", "1", ["entities"]) is not None


def test_a_stage_rests_while_nothing_was_written_and_its_version_stays(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "one") as warehouse:
        assert not warehouse.rests("language", "1")
        add_documents(warehouse, "a")
        warehouse.mark_published()
    with Warehouse(tmp_path, "two") as warehouse:
        assert warehouse.rests("language", "1")
        assert not warehouse.rests("language", "2")
        assert not warehouse.rests("stories", "1")
        add_documents(warehouse, "b")
        assert not warehouse.rests("language", "1")
    with Warehouse(tmp_path, "three") as warehouse:
        assert not warehouse.rests("language", "1"), "killed before it published"


def test_a_file_that_ends_before_its_free_blocks_is_not_taken_for_cut_short(tmp_path: Path) -> None:
    """DuckDB counts blocks that it gave out and took back before they were written: the file is shorter than it says."""
    rows = pl.DataFrame({"document_id": [f"{i:032x}" for i in range(3_000)]}).with_columns(
        pl.lit("fa").alias("language"),
        pl.lit(1.0).alias("language_confidence"),
        pl.lit(False).alias("is_mixed"),
        pl.lit(None).alias("dialect"),
    )
    for i in range(12):
        with Warehouse(tmp_path, "run") as warehouse:
            some = rows.filter(pl.int_range(pl.len()) % (i + 2) == 0)
            with warehouse.transaction():
                warehouse.replace_documents([(schema.LANGUAGE_DOCUMENTS, some)], some)
                warehouse.connection.execute(
                    "DELETE FROM language.documents WHERE document_id > ?", [f"{i * 200:032x}"]
                )


def test_its_memory_can_be_limited(tmp_path: Path) -> None:
    with Warehouse(tmp_path, "run", memory_limit="512MiB") as warehouse:
        assert warehouse.value("SELECT current_setting('memory_limit')") == "512.0 MiB"
    with pytest.raises(WarehouseError, match="'a lot' is not a size"), Warehouse(tmp_path, "run", memory_limit="a lot"):
        pass

"""The whole chain, from files to the published database: what an operator and an analyst rely on."""

import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets import batches, entities, language, parsing, workers
from pipeline import schema
from pipeline.text.offsets import OffsetMap
from pipeline.text.spans import Span
from tests.conftest import Chain

FA = (
    "دیدار وزیران خارجه ایران و عراق در بغداد\n\n"
    "وزیران خارجه ایران و عراق روز شنبه در بغداد درباره گسترش همکاریهای مرزی گفتوگو کردند و بر ادامه رایزنیها تأکید کردند.\n"
    "در این دیدار دو طرف قرارداد ساخت یک راهآهن به ارزش ۵۰۰ میلیون دلار را بررسی کردند و قرار شد کار از ۱۵ مهر ۱۴۰۲ آغاز شود.\n"
)
AR = (
    "وزيرا خارجية إيران والعراق يلتقيان في بغداد\n\n"
    "بحث وزيرا خارجية إيران والعراق يوم السبت في بغداد توسيع التعاون الحدودي بين البلدين واتفقا على مواصلة المشاورات.\n"
    "وناقش الطرفان عقداً لبناء سكة حديد بقيمة 500 مليون دولار، ومن المقرر أن يبدأ العمل في 7 تشرين الأول 2023.\n"
)
RUN_COLUMNS = {"run_id", "first_seen_at", "last_seen_at"}


def tables(chain: Chain) -> dict[str, list[tuple[Any, ...]]]:
    """Every published row but for the run columns."""
    found = {}
    for table in schema.PUBLISHED:
        names = [f'"{c.name}"' for c in table.columns if c.name not in RUN_COLUMNS]
        found[table.full_name] = chain.rows(f"SELECT {', '.join(names)} FROM {table.full_name} ORDER BY ALL")
    return found


@pytest.fixture
def two(chain: Chain) -> Chain:
    chain.write("fa/one.txt", FA)
    chain.write("ar/one.txt", AR)
    assert chain.run().success
    return chain


def test_two_articles_become_rows_in_every_table(two: Chain) -> None:
    assert two.rows("SELECT path, state, document_count FROM news.files ORDER BY path") == [
        ("ar/one.txt", "parsed", 1),
        ("fa/one.txt", "parsed", 1),
    ]
    assert two.rows("SELECT language, title FROM news.documents ORDER BY language") == [
        ("ar", AR.split("\n")[0]),
        ("fa", FA.split("\n")[0]),
    ]
    found = {(lang, qid) for lang, qid in two.rows(
        "SELECT DISTINCT d.language, m.entity_id FROM news.mentions m JOIN news.documents d USING (document_id)"
    )}  # fmt: skip
    assert found >= {(lang, qid) for lang in ("fa", "ar") for qid in ("Q794", "Q796", "Q1530")}
    assert two.rows("SELECT DISTINCT kind, value, unit FROM news.quantities") == [("money", 500e6, "USD")]
    assert two.rows("SELECT DISTINCT CAST(start_on AS VARCHAR) FROM news.dates WHERE NOT is_relative") == [
        ("2023-10-07",)
    ]


def test_one_event_told_in_both_languages_is_one_story(two: Chain) -> None:
    assert two.value("SELECT count(DISTINCT story_id) FROM news.stories") == 1


def test_offset_maps_lead_from_normalised_to_raw_text(two: Chain) -> None:
    rows = two.rows("SELECT text, normalized_text, offset_map FROM news.segments")
    assert any(text != normalized for text, normalized, _ in rows)
    for text, normalized, nodes in rows:
        offsets = OffsetMap.from_nodes((n["normalized"], n["raw"]) for n in nodes)
        assert (offsets.normalized[-1], offsets.raw[-1]) == (len(normalized), len(text))
        for start in range(0, len(normalized), 7):
            span = offsets.to_raw(Span(start, min(start + 5, len(normalized))))
            assert 0 <= span.start <= span.end <= len(text)


def test_a_second_run_writes_nothing_and_leaves_the_file_alone(two: Chain) -> None:
    target = two.data / "khabar.duckdb"
    before = target.stat()
    assert two.run().success
    after = target.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_touched_file_is_not_read_again(two: Chain) -> None:
    before = (two.data / "khabar.duckdb").stat().st_ino
    os.utime(two.input / "fa" / "one.txt", ns=(1, 1))
    assert two.run().success
    assert (two.data / "khabar.duckdb").stat().st_ino == before


def test_a_changed_file_keeps_its_document_id(two: Chain) -> None:
    before = two.value("SELECT document_id FROM news.documents WHERE path = 'fa/one.txt'")
    other = two.rows("SELECT * FROM news.files WHERE path = 'ar/one.txt'")
    two.write("fa/one.txt", FA.replace("شنبه", "یکشنبه"))
    assert two.run().success
    assert two.rows("SELECT document_id FROM news.documents WHERE path = 'fa/one.txt' AND body LIKE '%یکشنبه%'") == [
        (before,)
    ]
    assert two.rows("SELECT * FROM news.files WHERE path = 'ar/one.txt'") == other


def test_a_removed_file_leaves_every_table_but_files(two: Chain) -> None:
    gone = two.value("SELECT document_id FROM news.documents WHERE path = 'fa/one.txt'")
    (two.input / "fa" / "one.txt").unlink()
    assert two.run().success
    assert two.rows("SELECT state, document_count FROM news.files WHERE path = 'fa/one.txt'") == [("deleted", 0)]
    for table in schema.PUBLISHED:
        if "document_id" in table.column_names:
            assert two.value(f"SELECT count(*) FROM {table.full_name} WHERE document_id = ?", gone) == 0
    assert two.value("SELECT count(*) FROM search('راه‌آهن')") == 0


def test_incremental_and_from_scratch_agree(two: Chain, tmp_path: Path) -> None:
    two.write("fa/two.txt", FA.replace("۵۰۰", "۶۰۰"))
    two.write("ar/copy.txt", AR)
    assert two.run().success
    two.write("fa/one.txt", FA + "\nنظرات\n")
    (two.input / "ar" / "one.txt").unlink()
    assert two.run().success
    fresh = Chain(two.input, tmp_path / "fresh")
    assert fresh.run().success
    ours, theirs = tables(two), tables(fresh)
    ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
    for name in ("news.duplicates", "news.stories", "news.documents"):
        # Ids of clusters and stories may differ in name, never in members.
        assert len(ours.pop(name)) == len(theirs.pop(name))
    assert ours == theirs


def test_processes_do_not_change_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "input"
    one, many = Chain(source, tmp_path / "one"), Chain(source, tmp_path / "many")
    for i in range(600):
        one.write(f"s{i % 3}/{i:03}.txt", (FA if i % 2 else AR).replace("بغداد", f"بغداد {i}"))
    assert one.run(workers=1).success
    # So little would be done where it is; in batches, it goes to the processes.
    monkeypatch.setattr(parsing, "CHUNK_FILES", 256)
    monkeypatch.setattr(batches, "BATCH_DOCUMENTS", 256)
    sent: list[object] = []

    class Counted(ProcessPoolExecutor):
        def submit(self, work: Any, /, *given: Any, **named: Any) -> Any:
            sent.append(work)
            return super().submit(work, *given, **named)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Counted)
    assert many.run(workers=2).success
    assert {parsing.read_files, language.STAGE.work, entities.STAGE.work} <= set(sent)
    assert tables(one) == tables(many)


def test_bad_files_are_rejected_with_a_reason_and_good_ones_published(chain: Chain) -> None:
    chain.write("good.txt", FA)
    chain.write("good.json", json.dumps({"title": "خبر", "body": AR.split("\n")[2]}, ensure_ascii=False))
    chain.write("empty.txt", b"")
    chain.write("binary.txt", bytes(range(256)) * 20)
    chain.write("broken-utf8.txt", FA.encode()[:400] + b"\xff\xfe\xff" + FA.encode()[400:])
    chain.write("cut.json", json.dumps({"title": "خبر", "body": AR}, ensure_ascii=False)[:-40])
    (chain.input / "unreadable.txt").symlink_to("nowhere")
    assert chain.run().success
    states = dict(chain.rows("SELECT path, state FROM news.files"))
    assert states["good.txt"] == states["good.json"] == "parsed"
    rejected = {path for path, state in states.items() if state == "rejected"}
    assert rejected >= {"empty.txt", "binary.txt", "cut.json", "unreadable.txt"}
    reasons = dict(chain.rows("SELECT path, reason FROM news.rejects WHERE record IS NULL"))
    assert reasons.keys() == rejected
    assert all(len(reason) > 10 for reason in reasons.values())
    assert chain.value("SELECT count(*) FROM news.documents WHERE path IN ('good.txt', 'good.json')") == 2


def test_nothing_is_published_where_no_file_can_be_read(two: Chain) -> None:
    before = tables(two)
    shutil.rmtree(two.input)
    two.write("empty.txt", b"")
    assert not two.run().success
    assert tables(two) == before


def test_an_empty_input_folder_is_a_failure_and_changes_nothing(two: Chain) -> None:
    shutil.rmtree(two.input)
    two.input.mkdir()
    assert not two.run().success
    assert two.value("SELECT count(*) FROM news.documents") == 2


def test_a_failed_check_keeps_the_last_snapshot(two: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline import publishing

    before = tables(two)
    two.write("fa/two.txt", FA.replace("۵۰۰", "۶۰۰"))
    broken = publishing.SELECTS["news.segments"].replace("s.*,", "s.* REPLACE (s.start_char + 1 AS start_char),")
    assert broken != publishing.SELECTS["news.segments"]
    monkeypatch.setitem(publishing.SELECTS, "news.segments", broken)
    assert not two.run().success
    assert tables(two) == before
    assert not list(two.data.glob(".khabar*"))
    monkeypatch.undo()
    assert two.run().success
    assert two.value("SELECT count(*) FROM news.documents") == 3


def test_a_reader_goes_on_reading_the_old_file_through_a_publication(two: Chain) -> None:
    with duckdb.connect(str(two.data / "khabar.duckdb"), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM news.documents").fetchall() == [(2,)]
        two.write("fa/two.txt", FA.replace("۵۰۰", "۶۰۰"))
        assert two.run().success
        assert reader.execute("SELECT count(*) FROM news.documents").fetchall() == [(2,)]
    assert two.value("SELECT count(*) FROM news.documents") == 3


def test_a_deleted_warehouse_is_rebuilt(two: Chain) -> None:
    before = tables(two)
    shutil.rmtree(two.data / "warehouse")
    assert two.run().success
    assert tables(two) == before


def test_the_file_says_what_it_is(two: Chain) -> None:
    assert two.value("SELECT version FROM meta.contract") == schema.CONTRACT_VERSION
    assert two.value("SELECT count(*) FROM meta.checks WHERE NOT passed") == 0
    assert two.value("SELECT count(*) FROM meta.checks") > len(schema.PUBLISHED)
    uncommented = two.rows(
        "SELECT schema_name, table_name FROM duckdb_columns() WHERE schema_name IN ('news', 'meta', 'search') "
        "AND comment IS NULL UNION SELECT schema_name, table_name FROM duckdb_tables() WHERE comment IS NULL"
    )
    assert uncommented == []
    assert two.rows(
        "SELECT from_table, from_column FROM meta.column_lineage WHERE table_name = 'documents' AND column_name = 'title'"
    ) == [("segments", "text")]
    asked = {row[0] for row in two.rows("SELECT asset FROM meta.runs")}
    assert asked >= {"parsing", "language", "normalization"}
    counts = two.rows("SELECT schema_name || '.' || table_name, row_count FROM meta.tables")
    for name, count in counts:
        assert two.value(f"SELECT count(*) FROM {name}") == count


def test_the_storage_version_is_one_that_older_readers_know(two: Chain) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{two.data / 'khabar.duckdb'}' AS k (READ_ONLY)")
        (tags,) = con.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'k'").fetchall()[0]
    assert tags["storage_version"].startswith("v1.2.0")


def test_a_limited_run_leaves_the_rest_for_the_next(chain: Chain) -> None:
    for i in range(5):
        chain.write(f"{i}.txt", FA.replace("۵۰۰", str(i)))
    assert chain.run(limit=2).success
    assert chain.value("SELECT count(*) FROM news.documents") == 2
    assert chain.run(path_glob="4*").success
    assert chain.value("SELECT count(*) FROM news.documents") == 3
    assert chain.run().success
    assert chain.value("SELECT count(*) FROM news.documents") == 5


def test_a_full_refresh_reads_all_again_and_changes_nothing(two: Chain) -> None:
    before = tables(two)
    assert two.run(full_refresh=True).success
    assert tables(two) == before

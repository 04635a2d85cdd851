"""The snapshot: a file built upon the last one holds what a file made from nothing holds, row for row."""

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import publishing, schema
from pipeline.warehouse import Warehouse
from tests.conftest import Chain
from tests.faults.harness import write_article, write_corpus

NUMBERED = {
    "search.documents": "SELECT document_id, length FROM search.documents",
    "search.words": "SELECT word, document_count FROM search.words",
    "search.postings": "SELECT word, document_id, count FROM search.postings JOIN search.words USING (number) "
    "JOIN search.documents USING (document)",
}
"""The index but for its numbers, which name nothing outside it."""


@pytest.fixture
def corpus(chain: Chain) -> Chain:
    write_corpus(chain.input, 40)
    assert chain.run().success
    return chain


def rows(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a published file, whatever their order."""
    with duckdb.connect(str(file), read_only=True) as con:
        found = {
            table.full_name: con.execute(f"FROM {table.full_name} ORDER BY ALL").fetchall()
            for table in (*schema.PUBLISHED, schema.RUNS, schema.META_TABLES)
        }
        found |= {name: con.execute(f"FROM ({sql}) ORDER BY ALL").fetchall() for name, sql in NUMBERED.items()}
        found["search"] = con.execute("SELECT document_id, round(score, 9) FROM search('نشست بغداد')").fetchall()
    return found


def made_from_nothing(chain: Chain, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a snapshot of the same warehouse holds where there is nothing to build upon."""
    with Warehouse(chain.data, "whole") as warehouse:
        snapshot = publishing.Snapshot(warehouse, folder / "whole.duckdb")
        snapshot.build()
        assert snapshot.whole
        results = [snapshot.run(check) for check in publishing.checks()]
        assert all(result.passed for result in results)
        snapshot._remember = lambda: None  # type: ignore[method-assign] # the warehouse is to know one file alone
        return rows(snapshot.publish(results))


def how(chain: Chain) -> list[tuple[Any, ...]]:
    """What the warehouse says of the published file: the run and how many documents were replaced in it."""
    with Warehouse(chain.data, "look") as warehouse:
        found: list[tuple[Any, ...]] = warehouse.connection.execute(
            "SELECT run_id, replaced FROM state.published"
        ).fetchall()
        return found


def test_building_upon_the_last_file_gives_what_building_from_nothing_gives(
    corpus: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files come, change and go; copies lose the document they were copies of; names and stories move."""
    monkeypatch.setattr(publishing, "REBUILT_FROM", 100.0)
    chance = random.Random(0)
    replaced = 0
    for step in range(3):
        for _ in range(4):
            write_article(corpus.input, chance.randrange(50), chance)
        files = sorted(corpus.input.rglob("*.txt"))
        for path in chance.sample(files, 3):
            path.unlink()
        changed = chance.choice([path for path in files if path.exists()])
        changed.write_text(changed.read_text().replace("بغداد", "دمشق") + f"{step}\n")
        assert corpus.run().success
        ((_, now),) = how(corpus)
        assert now > replaced
        replaced = now
    ours, whole = rows(corpus.data / "khabar.duckdb"), made_from_nothing(corpus, tmp_path)
    for name, expected in whole.items():
        assert ours[name] == expected, name
    assert ours["search"]


def test_all_rows_are_written_once_enough_documents_changed(corpus: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "REBUILT_FROM", 0.06)
    counts = []
    for i in range(4):
        path = sorted(corpus.input.rglob("*.txt"))[i]
        path.write_text(path.read_text() + f"{i}\n")
        assert corpus.run().success
        counts += [replaced for _, replaced in how(corpus)]
    # Others of a story or a cluster may be written with it, so only the way back to nothing is certain.
    assert 0 in counts
    assert max(counts) <= 0.06 * 41


@pytest.mark.parametrize("harm", ["unreadable", "older"])
def test_a_file_that_is_not_the_last_published_is_not_built_upon(corpus: Chain, tmp_path: Path, harm: str) -> None:
    target = corpus.data / "khabar.duckdb"
    kept = target.read_bytes()
    write_article(corpus.input, 41, random.Random(0))
    assert corpus.run().success
    target.write_bytes(kept if harm == "older" else b"no database" * 1000)
    write_article(corpus.input, 43, random.Random(0))
    assert corpus.run().success
    assert corpus.value("SELECT count(*) FROM news.documents") == 42
    assert rows(target) == made_from_nothing(corpus, tmp_path)


def test_a_file_published_but_not_noted_is_not_built_upon(
    corpus: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the replacement and before the note of it: what the file holds is not known, so all is written."""
    with monkeypatch.context() as patch:

        def die(snapshot: publishing.Snapshot) -> None:
            raise KeyboardInterrupt

        patch.setattr(publishing.Snapshot, "_remember", die)
        write_article(corpus.input, 41, random.Random(0))
        assert not corpus.run().success
    assert corpus.run().success
    assert how(corpus)[0][1] == 0
    assert rows(corpus.data / "khabar.duckdb") == made_from_nothing(corpus, tmp_path)


def test_a_file_of_another_version_is_made_anew_though_nothing_changed(
    corpus: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade that changes what is published, and no stage, shows at the next run."""
    target = corpus.data / "khabar.duckdb"
    before = target.stat().st_ino
    assert corpus.run().success
    assert target.stat().st_ino == before
    monkeypatch.setattr(publishing, "VERSION", "another")
    assert corpus.run().success
    assert target.stat().st_ino != before
    assert how(corpus)[0][1] == 0


def test_a_failed_check_leaves_nothing_to_build_upon(corpus: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        broken = publishing.SELECTS["news.segments"].replace("s.*,", "s.* REPLACE (s.start_char + 1 AS start_char),")
        patch.setitem(publishing.SELECTS, "news.segments", broken)
        write_article(corpus.input, 41, random.Random(0))
        assert not corpus.run().success
        assert how(corpus) == []
    assert corpus.run().success
    assert corpus.value("SELECT count(*) FROM news.documents") == 41


def test_a_copy_of_a_file_is_that_file(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(random.Random(0).randbytes(3_000_001))
    publishing.copy_file(given, tmp_path / "made")
    assert (tmp_path / "made").read_bytes() == given.read_bytes()

"""What a rerun does and leaves undone: versions that moved, renamed files, content that changed unseen."""

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest

import assets.articles
import assets.deduplication
import assets.entities
import assets.indexing
import assets.language
import assets.normalization
import assets.stories
from pipeline import deduplication, entities, normalization, parsing, stories
from tests.conftest import Chain
from tests.faults import harness

STAGES = (
    "parsing", "articles", "deduplication", "language", "spellings", "normalization", "indexing", "entities", "linking",
    "stories",
)  # fmt: skip
DOCUMENTS = 12

AFTER = {
    "parsing": set(STAGES),
    "deduplication": {"deduplication"},
    "language": {"language", "spellings", "normalization", "indexing", "entities", "linking", "stories"},
    "normalization": {"spellings", "normalization", "indexing", "entities", "linking"},
    "indexing": {"indexing"},
    "entities": {"entities", "linking"},
    "stories": {"stories"},
}
"""Which stages have work to do when one of them gets another version, and nothing else has moved. Stories are made of
the links that come of mentions: where these are what they were, stories rest."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A small corpus, published once."""
    folder = tmp_path_factory.mktemp("reruns")
    harness.write_corpus(folder / "input", DOCUMENTS)
    chain = Chain(folder / "input", folder / "data")
    assert chain.run().success
    return chain


@pytest.fixture(scope="module")
def upgrades() -> Iterator[pytest.MonkeyPatch]:
    """Versions that have moved, until the tests of this module are over: going back would be another upgrade."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def worked(chain: Chain) -> set[str]:
    """Return the stages that had documents to work on in the last run that published."""
    return {
        asset
        for (asset,) in chain.rows(
            "SELECT asset FROM meta.runs WHERE run_id = (SELECT run_id FROM meta.contract) AND rows_read > 0"
        )
    }


def give_another_version(stage: str, upgrades: pytest.MonkeyPatch) -> None:
    """Let a stage have another version, as after an upgrade."""

    def moved(module: object, name: str = "STAGE") -> None:
        was = getattr(module, name)
        upgrades.setattr(module, name, dataclasses.replace(was, version=f"{was.version}, later"))

    if stage == "parsing":
        upgrades.setattr(parsing, "VERSION", "later")
        moved(assets.articles)
    elif stage == "normalization":
        upgrades.setattr(normalization, "VERSION", "later")
        moved(assets.normalization, "SPELLINGS")
    else:
        versions = {"deduplication": deduplication, "entities": entities, "stories": stories}
        if stage in versions:
            upgrades.setattr(versions[stage], "VERSION", "later")
        moved(getattr(assets, stage))


@pytest.mark.parametrize("stage", AFTER)
def test_another_version_of_a_stage_is_computed_with_what_depends_on_it_and_no_more(
    stage: str, published: Chain, upgrades: pytest.MonkeyPatch
) -> None:
    before = harness.tables(published.data)
    give_another_version(stage, upgrades)
    assert published.run().success
    assert worked(published) == AFTER[stage]
    assert harness.differences(harness.tables(published.data), before) == {}


def test_a_renamed_file_is_another_document_and_no_other_is_touched(published: Chain, tmp_path: Path) -> None:
    file = min(published.input.rglob("*.txt"))
    relative = file.relative_to(published.input).as_posix()
    seen = published.rows("SELECT * FROM news.files WHERE path <> ? ORDER BY path", relative)
    file.rename(file.with_name("renamed.txt"))
    try:
        assert published.run().success
        assert published.rows("SELECT state, document_count FROM news.files WHERE path = ?", relative) == [
            ("deleted", 0)
        ]
        assert published.value("SELECT count(*) FROM news.documents WHERE path LIKE '%renamed.txt'") == 1
        kept = published.rows(
            "SELECT * FROM news.files WHERE path <> ? AND path NOT LIKE '%renamed.txt' ORDER BY path", relative
        )
        assert kept == seen
        assert published.rows("SELECT asset, rows_read FROM meta.runs WHERE run_id = "
            "(SELECT run_id FROM meta.contract) AND asset IN ('parsing', 'language', 'entities') ORDER BY ALL"
        ) == [("entities", 1), ("language", 1), ("parsing", 1)]  # fmt: skip
        fresh = Chain(published.input, tmp_path / "fresh")
        assert fresh.run().success
        ours, theirs = harness.tables(published.data), harness.tables(fresh.data)
        ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
        assert harness.differences(ours, theirs) == {}
    finally:
        file.with_name("renamed.txt").rename(file)
        assert published.run().success
    assert published.value("SELECT count(*) FROM news.documents") == DOCUMENTS


def test_an_audit_finds_content_that_changed_behind_unmoved_times(published: Chain) -> None:
    file = max(published.input.rglob("*.txt"))
    relative = file.relative_to(published.input).as_posix()
    was = file.read_text()
    count = partial(published.value, "SELECT count(*) FROM news.documents WHERE body LIKE '%بازنویسی%'")
    file.write_text(
        f"{was}بازنویسی این گزارش را هیچ زمانی نشان نمیدهد، زیرا دستگاه نگهدارنده زمان پرونده را عوض نکرد.\n"
    )
    # As on storage that keeps times as they were: what is known of the file is what a look at it shows now.
    status = file.stat()
    with duckdb.connect(str(published.data / "warehouse" / "warehouse.duckdb")) as con:
        con.execute(
            "UPDATE parsing.inputs SET size_bytes = ?, mtime_ns = ?, ctime_ns = ? WHERE path = ?",
            [status.st_size, status.st_mtime_ns, status.st_ctime_ns, relative],
        )
    try:
        assert published.run().success
        assert count() == 0
        assert published.run(audit=True).success
        assert count() == 1
        assert published.rows("SELECT asset, rows_read FROM meta.runs WHERE run_id = "
            "(SELECT run_id FROM meta.contract) AND asset IN ('articles', 'language') ORDER BY ALL"
        ) == [("articles", 1), ("language", 1)]  # fmt: skip
    finally:
        file.write_text(was)
        assert published.run().success


def test_an_audit_of_an_unchanged_folder_changes_nothing(published: Chain) -> None:
    before = (published.data / "khabar.duckdb").stat().st_ino
    assert published.run(audit=True).success
    assert (published.data / "khabar.duckdb").stat().st_ino == before

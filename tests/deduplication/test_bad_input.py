"""Input that would make pairs grow with the square of documents, or memory with the longest of them."""

import time
from datetime import date

import polars as pl
import pytest

from benchmarks.near_duplicates import bad_input
from pipeline import deduplication
from tests.deduplication.memory import Memory, article, deduplicate, frame


@pytest.mark.parametrize("name", bad_input.CASES)
def test_what_the_benchmark_measures_at_full_size(name: str) -> None:
    """A hundredth of it: every copy is found, and no more pairs are compared than the hubs of templates allow."""
    measured = bad_input.measure(name, 0.01)
    assert measured["pairs compared"] <= 8 * measured["documents"]


def test_very_many_identical_documents() -> None:
    """Each is compared with nothing: one text stands for all, and each is paired with the kept one."""
    text = article(1, 100)
    memory = Memory()
    count = 100_000
    memory.put(
        pl.DataFrame({"document_id": [f"{i:06d}" for i in range(count)]}).with_columns(
            body=pl.lit(text), published_on=pl.lit(None, pl.Date), published_at=pl.lit(None, pl.Datetime("us"))
        )
    )
    memory.run()
    assert memory.rows("SELECT count(*) FROM deduplication.pairs") == [(0,)]
    assert memory.rows(
        "SELECT count(*), count(DISTINCT document_a), any_value(document_a) FROM deduplication.duplicate_pairs"
    ) == [(count - 1, 1, "000000")]


def test_very_many_near_copies_of_one_template() -> None:
    """A price list of every day: compared with a few of the earliest, not each with each."""
    frame_words = article(2, 150)
    count = 3000
    bodies = {f"{i:05d}": f"{frame_words} قیمت {i} ریال {article(i, 3)}" for i in range(count)}
    memory = deduplicate(bodies, {"01000": date(2023, 1, 1)})
    ((compared,),) = memory.rows("SELECT count(*) FROM deduplication.pairs")
    assert compared <= 5 * count
    assert [len(names) for names in memory.clusters().values()] == [count]
    assert {kept for kept, _, _ in memory.copies().values()} == {"01000"}


def test_one_word_repeated() -> None:
    started = time.monotonic()
    memory = deduplicate({"a": "خبر " * 500_000, "b": "خبر " * 400_000, "c": article(3)})
    assert memory.copies() == {"b": ("a", "near", 1.0)}  # the same set of shingles, whatever the length
    assert memory.rows("SELECT max(fingerprint_count) FROM deduplication.texts SEMI JOIN "
                       "(FROM deduplication.documents WHERE document_id <> 'c') USING (text_id)") < [(40,)]  # fmt: skip
    assert time.monotonic() - started < 30


def test_a_very_long_document_and_an_excerpt_of_it() -> None:
    long = "\n".join(article(i, 400) for i in range(400))
    excerpt = long[1_000_000:1_001_500]
    memory = deduplicate({"long": long, "excerpt": excerpt})
    assert memory.copies()["excerpt"][:2] == ("long", "contained")


def test_odd_characters_stop_nothing() -> None:
    bodies = {
        "nul": "\x00" * 100,
        "planes": "𠀀𠀁 " * 50,
        "tags": "\U000e0041" * 50,
        "marks": "\u064b" * 1000,
        "one letter words": "ا ب " * 40,
    }
    memory = deduplicate(bodies)
    assert memory.copies() == {}
    assert deduplication.sign(frame(bodies)).documents.height == len(bodies)

"""Furniture known by how many articles of a source it stands in."""

import random

import duckdb
import polars as pl
import pytest

from pipeline import parsing
from pipeline.schema import PARSED_LINES

FURNITURE = "این گزارش با همراهی شما خوانندگان فرهیخته تهیه شد"
SITE = "پایگاه خبری دانش‌گستر جنوب"
WORDS = (
    "باران شهر مدرسه بندر کتاب گندم رودخانه کارخانه بازار موزه جاده کشتی پزشک معلم باغ کوه دشت قطار هوا دریا".split()
)


def article(number):
    chooser = random.Random(number)
    sentences = [" ".join(chooser.choices(WORDS, k=14)) + f" {number} است." for _ in range(3)]
    return [f"{' '.join(chooser.sample(WORDS, 4))} شماره {number}", *sentences]


def stored(texts):
    """Read texts as files of one folder and keep what the warehouse would."""
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, text in texts.items():
            path = pathlib.Path(folder) / name
            path.write_text(text, "utf-8")
            files.append((path, f"site/{name}"))
        batches = list(parsing.read_many(files))
    documents, segments = (pl.concat(getattr(batch, name) for batch in batches) for name in ("documents", "segments"))
    return documents, segments, parsing.line_evidence(documents, segments)


def settled(documents, segments, lines):
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA parsing")
        connection.execute(PARSED_LINES.ddl())
        connection.register("rows", lines)
        connection.execute("INSERT INTO parsing.lines BY NAME SELECT * FROM rows")
        repeated = connection.sql(parsing.REPEATED_SQL).pl()
    given = (
        segments.join(documents.select("document_id", "title"), on="document_id", maintain_order="left")
        .join(
            repeated.with_columns(pl.lit(True).alias("is_repeated")),
            on=["document_id", "position"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("is_repeated").fill_null(False))
    )
    return parsing.settle(given)


def kinds_of(result, segments, text):
    both = result.segments.join(segments.select("document_id", "position", "text"), on=["document_id", "position"])
    return both.filter(pl.col("text") == text)["kind"].value_counts().sort("kind").rows()


def texts(count, *extra):
    return {f"{i:03}.txt": "\n".join([*article(i), *extra]) for i in range(count)}


def test_the_columns_are_the_tables():
    assert PARSED_LINES.polars_schema() == parsing.LINES_SCHEMA
    documents, segments, lines = stored(texts(2))
    assert lines.schema == parsing.LINES_SCHEMA
    assert parsing.line_evidence(documents.clear(), segments.clear()).schema == parsing.LINES_SCHEMA


def test_without_evidence_settling_changes_nothing():
    documents, segments, lines = stored(texts(3, FURNITURE))
    result = settled(documents, segments, lines)
    assert result.segments.equals(segments.select("document_id", "position", "kind"))
    assert result.documents.equals(documents.select("document_id", "title", "lead", "body"))


def test_a_line_of_many_articles_is_furniture():
    documents, segments, lines = stored(texts(12, FURNITURE))
    result = settled(documents, segments, lines)
    assert kinds_of(result, segments, FURNITURE) == [("boilerplate", 12)]
    assert FURNITURE not in "\n".join(result.documents["body"])
    assert result.segments.filter(pl.col("kind") == "paragraph").height == 36


def test_copies_of_one_article_count_once():
    wire = article(500)
    copies = {f"copy{i:03}.txt": "\n".join([f"عنوان دیگر روزنامه {i}", *wire[1:]]) for i in range(60)}
    exact = {f"same{i:03}.txt": "\n".join(article(501)) for i in range(300)}
    documents, segments, lines = stored({**texts(10), **copies, **exact})
    result = settled(documents, segments, lines)
    assert result.segments.equals(segments.select("document_id", "position", "kind"))


def test_a_sentence_that_several_articles_share_stays():
    background = "وزارت نیرو سال گذشته اعلام کرده بود که ذخیره سدهای جنوب کشور به پایین‌ترین میزان در بیست سال اخیر رسیده و جیره‌بندی دور از انتظار نیست."
    shared = {f"{i:03}.txt": "\n".join([*article(i)[:3], background, article(i)[3]]) for i in range(6)}
    documents, segments, lines = stored({**shared, **{f"x{k}": v for k, v in texts(40).items()}})
    assert kinds_of(settled(documents, segments, lines), segments, background) == [("paragraph", 6)]


def test_a_sites_name_hands_the_title_on():
    given = {f"{i:03}.txt": "\n".join([SITE, *article(i)]) for i in range(10)}
    documents, segments, lines = stored(given)
    assert set(documents["title"]) == {SITE}
    result = settled(documents, segments, lines)
    assert result.documents.sort("title")["title"].to_list() == sorted(article(i)[0] for i in range(10))
    assert kinds_of(result, segments, SITE) == [("boilerplate", 10)]


@pytest.mark.parametrize("seed", range(4))
def test_in_pieces_and_at_once_agree(seed):
    wire = article(900)
    everything = {
        **texts(12, FURNITURE),
        **{f"w{i}.txt": "\n".join([*wire, FURNITURE] if i % 2 else wire) for i in range(9)},
        **{f"n{i}.txt": "\n".join([SITE, *article(700 + i)]) for i in range(5)},
    }
    at_once = settled(*stored(everything))
    names = sorted(everything)
    random.Random(seed).shuffle(names)
    pieces = [stored({name: everything[name] for name in names[i : i + 5]}) for i in range(0, len(names), 5)]
    in_pieces = settled(*(pl.concat(frames) for frames in zip(*pieces, strict=True)))
    assert in_pieces.documents.sort("document_id").equals(at_once.documents.sort("document_id"))
    key = ["document_id", "position"]
    assert in_pieces.segments.sort(key).equals(at_once.segments.sort(key))


def test_one_more_document_changes_only_those_that_share_a_line_that_flips():
    nine = stored(texts(9, FURNITURE))
    three = stored({**texts(3, FURNITURE), **{f"p{i}.txt": "\n".join(article(300 + i)) for i in range(6)}})
    four = stored({**texts(4, FURNITURE), **{f"p{i}.txt": "\n".join(article(300 + i)) for i in range(6)}})
    before, after = settled(*three).documents, settled(*four).documents
    changed = before.join(after, on=["document_id", "title", "body"], how="anti", nulls_equal=True)
    assert changed.height == 3
    assert settled(*nine).documents["body"].str.contains(FURNITURE).sum() == 0

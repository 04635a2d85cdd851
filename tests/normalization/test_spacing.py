"""Half-spaces given back, joined words left whole, and every change undone by the map."""

import itertools

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.normalization import CONCERNS_SQL, EVIDENCE_SQL, NormalizationSettings, normalize, spelling_evidence
from tests.normalization.test_folding import check_map, normalized


def shown(text: str) -> str:
    """The normalised text with half-spaces as bars, which a reader of this file can see."""
    return normalized(text).replace("\u200c", "|")


@pytest.mark.parametrize(
    ("glued", "expected"),
    [
        ("او هر روز به مدرسه میرود و درس میخواند", "او هر روز به مدرسه می|رود و درس می|خواند"),
        ("کتابهای تازه را نمیخریم", "کتاب|های تازه را نمی|خریم"),
        ("گفتوگوهای دو کشور بینتیجه بود", "گفت|وگوهای دو کشور بی|نتیجه بود"),
        ("آنان خسته شدهاند و رفتهاند", "آنان خسته شده|اند و رفته|اند"),
        ("دستم میلرزید و برگها را میلرزاندی", "دستم می|لرزید و برگ|ها را می|لرزاندی"),
        ("گناهش را میآمرزند و ما را مینمایانند", "گناهش را می|آمرزند و ما را می|نمایانند"),
        ("رئیسجمهور بهعنوان میانجی سخن گفت", "رئیس|جمهور به|عنوان میانجی سخن گفت"),
        ("سیاستهای بینالمللی کشورهای همسایه", "سیاست|های بین|المللی کشورهای همسایه"),
        # No table has these; each begins with a word that is known.
        ("پیادهرویهایم را دوست دارم", "پیاده|روی|هایم را دوست دارم"),
        ("دانشآموزانتان را میبینیم", "دانش|آموزانتان را می|بینیم"),
    ],
)
def test_a_lost_half_space_comes_back(glued: str, expected: str) -> None:
    assert shown(glued) == expected


@pytest.mark.parametrize(
    ("glued", "expected"),
    [
        ("حرفهای او را همه شنیدند", "حرف|های او را همه شنیدند"),
        ("او فوتبال را حرفهای بازی میکند", "او فوتبال را حرفه|ای بازی می|کند"),
        ("نامهای کودکان را روی دیوار نوشتند", "نام|های کودکان را روی دیوار نوشتند"),
        ("نامهای به رئیس دانشگاه نوشت", "نامه|ای به رئیس دانشگاه نوشت"),
        ("دستهای کودک سرد بود", "دست|های کودک سرد بود"),
        ("دستهای از مردم به خیابان آمدند", "دسته|ای از مردم به خیابان آمدند"),
        ("از هر دستهای یک نفر آمد", "از هر دسته|ای یک نفر آمد"),
        ("در سالهای گذشته باران کم بود", "در سال|های گذشته باران کم بود"),
        # The number before it decides, though it is no word.
        ("جوان ۲۰ سالهای که گم شده بود پیدا شد", "جوان ۲۰ ساله|ای که گم شده بود پیدا شد"),
        ("پیلهای سفید دور کرم تنید", "پیله|ای سفید دور کرم تنید"),
        ("غریبهای را دیدم", "غریبه|ای را دیدم"),
    ],
)
def test_the_words_around_tell_a_plural_from_an_indefinite(glued: str, expected: str) -> None:
    assert shown(glued) == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("او هر روز به مدرسه می رود", "او هر روز به مدرسه می|رود"),
        ("کتاب های تازه را نمی خریم", "کتاب|های تازه را نمی|خریم"),
        ("آنان خسته شده اند", "آنان خسته شده|اند"),
    ],
)
def test_a_space_that_stands_for_a_half_space_becomes_one(split: str, expected: str) -> None:
    assert shown(split) == expected


@pytest.mark.parametrize(
    "word",
    [
        "ترانسپورت", "استراتژی", "دانشگاه", "سیتیزن", "شینهوا", "میرحسین", "میلانی", "میخایلوف", "مانچستر", "پورتسموث",
        "بهمن", "بهبود", "میهن", "میزان", "شانگهای", "انتهای", "جنابعالی", "کشورهای", "پایتخت", "همین", "میدان", "نمایش",
    ],
)  # fmt: skip
def test_words_that_only_look_glued_stay_whole(word: str) -> None:
    assert shown(f"سخن از {word} در میان است") == f"سخن از {word} در میان است"


@pytest.mark.parametrize(
    "text",
    [
        "او می‌گوید که کتاب‌های خوب کم‌یاب‌اند و باید آن‌ها را خواند.",
        "خانه‌ای که دیدیم، خانهٔ پدری‌ام بود.",
        "مردم ایران ای وطن را می‌خوانند.",
    ],
)
def test_text_in_order_stays_as_it_is(text: str) -> None:
    assert normalized(text) == text


@pytest.mark.parametrize(
    ("in_order", "given_back"),
    [
        ("او هیچگاه نمی|گوید که کتاب|ها را خوانده|است", "او هیچ|گاه نمی|گوید که کتاب|ها را خوانده|است"),
        (
            "او می|گوید که فیلمسازی کار سختی است و فیلم|ها را می|بیند",
            "او می|گوید که فیلم|سازی کار سختی است و فیلم|ها را می|بیند",
        ),
        # The models are sure of this one, but nothing else in the text says that its half-spaces were lost.
        (
            "مهمترین خبر روز را همهٔ روزنامه|ها می|نویسند و خواننده|ها می|خوانند",
            "مهم|ترین خبر روز را همهٔ روزنامه|ها می|نویسند و خواننده|ها می|خوانند",
        ),
    ],
)
def test_what_is_written_both_ways_follows_the_rest_of_the_text(in_order: str, given_back: str) -> None:
    assert shown(in_order.replace("|", "\u200c")) == in_order
    assert shown(in_order.replace("|", "")) == given_back


def test_what_is_written_both_ways_is_given_back_where_nothing_else_tells() -> None:
    assert shown("مهمترین خبر روز") == "مهم|ترین خبر روز"


def test_what_is_a_name_in_code_is_no_word() -> None:
    text = "تابع میشود_کتابهای و #میشود و https://a.ir/میشود"
    assert normalized(text) == text


def test_vowel_signs_do_not_hide_a_word_and_stay() -> None:
    assert shown("او مِیرَوَد و نمیآید") == "او مِی|رَوَد و نمی|آید"


def test_rules_switch_off() -> None:
    frame = pl.DataFrame({"document_id": ["d"], "position": [0], "text": ["میرود و می رود"], "language": ["fa"]})
    off = NormalizationSettings(without=frozenset({"glued", "split"}))
    assert normalize(frame, settings=off)["normalized_text"].to_list() == ["میرود و می رود"]


def test_every_half_space_is_one_edit_that_can_be_undone() -> None:
    raw = "رئیسجمهور میگوید که می رود"
    frame = pl.DataFrame({"document_id": ["d"], "position": [0], "text": [raw], "language": ["fa"]})
    row = normalize(frame).row(0, named=True)
    out, nodes = row["normalized_text"], row["offset_map"]
    check_map(raw, out, nodes)
    rebuilt = ""
    for a, b in itertools.pairwise(nodes):
        same = b["normalized"] - a["normalized"] == b["raw"] - a["raw"]
        part = out[a["normalized"] : b["normalized"]]
        rebuilt += part.replace("\u200c", " ") if same else raw[a["raw"] : b["raw"]]
        if not same:
            assert part == "\u200c"
            assert a["raw"] == b["raw"]
    assert rebuilt == raw


WORDS = st.lists(
    st.sampled_from(
        "می نمی ها های ای اند تر ترین رود میرود شده شدهاند کتاب کتابها کتاب‌های به بهعنوان گفتوگو حرفهای آن آنها بی نظیر بینظیر است".split()
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=300)
@given(WORDS, st.sampled_from([" ", "", "\u200c", "، "]))
def test_a_second_normalisation_finds_nothing_to_do(words: list[str], separator: str) -> None:
    once = normalized(separator.join(words))
    assert normalized(once) == once


SEGMENTS = pl.DataFrame(
    {
        "document_id": ["a", "b", "c", "d"],
        "position": [0, 0, 0, 0],
        "text": [
            "دیدار با ژونگزیانگ در پکن برگزار شد",
            "آقای ژونگ زیانگ گفت که سفر خوبی بود",
            "سفر به پکن پایان یافت",
            "ژونگزیانگ بازگشت",
        ],
        "language": ["fa"] * 4,
    }
)


def evidence(connection: duckdb.DuckDBPyConnection, segments: pl.DataFrame) -> pl.DataFrame:
    connection.execute("create or replace table spellings (document_id varchar, glued varchar, mask integer)")
    rows = spelling_evidence(segments)
    if rows.height:
        connection.executemany("insert into spellings values (?, ?, ?)", rows.rows())
    connection.execute("create or replace table evidence as " + EVIDENCE_SQL.format(spellings="spellings"))
    return pl.DataFrame(
        connection.execute("select glued, mask from evidence").fetchall(),
        schema={"glued": pl.String, "mask": pl.Int32}, orient="row",
    )  # fmt: skip


def test_a_glued_name_gets_its_half_space_only_by_corpus_evidence() -> None:
    alone = normalize(SEGMENTS)["normalized_text"].to_list()
    assert "ژونگزیانگ" in alone[0]
    given_ = normalize(SEGMENTS, evidence(duckdb.connect(), SEGMENTS))["normalized_text"].to_list()
    assert "ژونگ‌زیانگ" in given_[0]
    assert given_[3].startswith("ژونگ‌زیانگ")
    assert given_[1:3] == alone[1:3], "who writes it apart is left alone"


def test_incremental_and_full_runs_agree_on_evidence() -> None:
    """New evidence makes stale exactly the documents that glue the name: redoing those gives the full run's rows."""
    connection = duckdb.connect()
    concerns = CONCERNS_SQL.format(spellings="spellings", evidence="evidence")
    first = SEGMENTS.filter(pl.col("document_id").is_in(["a", "c"]))
    rows = {r["document_id"]: r for r in normalize(first, evidence(connection, first)).to_dicts()}
    before = dict(connection.execute(concerns).fetchall())
    assert before == {}
    now = evidence(connection, SEGMENTS)
    after = dict(connection.execute(concerns).fetchall())
    stale = {d for d in "abcd" if d not in rows or before.get(d) != after.get(d)}
    assert stale == {"a", "b", "d"}
    redone = normalize(SEGMENTS.filter(pl.col("document_id").is_in(list(stale))), now)
    rows |= {r["document_id"]: r for r in redone.to_dicts()}
    assert [rows[d] for d in "abcd"] == normalize(SEGMENTS, now).to_dicts()


def test_evidence_does_not_depend_on_order() -> None:
    assert spelling_evidence(SEGMENTS).equals(spelling_evidence(SEGMENTS.reverse()))
    assert spelling_evidence(SEGMENTS.clear()).schema == spelling_evidence(SEGMENTS).schema

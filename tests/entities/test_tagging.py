"""Mentions: spans, links and offsets in both languages, at the stage's face."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.entities import link, tag
from tests.entities.frames import segments


def found(language: str, text: str) -> set[tuple[str, str | None]]:
    """Return surfaces and ids of the mentions of one text."""
    return set(tag(segments(("d", language, text))).select("surface", "entity_id").iter_rows())


@pytest.mark.parametrize(
    ("language", "text", "surface", "entity_id"),
    [
        ("fa", "پوتین به پکن رفت.", "پوتین", "Q7747"),
        ("fa", "پوتين به پكن رفت.", "پوتين", "Q7747"),
        ("ar", "التقى بوتين نظيره في بكين.", "بوتين", "Q7747"),
        ("ar", "قدّم التهنئة لبوتين أمس.", "بوتين", "Q7747"),
        ("ar", "العلاقات بين روسيا والصين متينة.", "الصين", "Q148"),
        ("ar", "وصل الوفد اليوم إلى بغداد قادما من موسكو، ووصل آخر لموسكو.", "موسكو", "Q649"),
        ("ar", "هذا الأمر يعود للعراق وحده.", "لعراق", "Q796"),
        ("ar", "منظمات دولية كالأمم المتحدة تتابع الأمر.", "الأمم المتحدة", "Q1065"),
        ("ar", "يزور الوزير مصانع ببكين غدا.", "بكين", "Q956"),
        ("fa", "نشست سازمان همکاری شانگهای در سمرقند برگزار شد.", "سازمان همکاری شانگهای", "Q485207"),
        ("fa", "نشست سازمان همکاریهای شانگهای برگزار شد.", "سازمان همکاریهای شانگهای", "Q485207"),
        ("fa", "دیدار با شی جینپینگ در پکن انجام شد.", "شی جینپینگ", "Q15031"),
        ("fa", "دیدار با شی جین‌پینگ در پکن انجام شد.", "شی جین‌پینگ", "Q15031"),
        ("ar", "استقبل شي جينبينغ ضيفه.", "شي جينبينغ", "Q15031"),
        ("fa", "هواداران پوتین‌ها را نمی‌شناسند.", "پوتین", "Q7747"),
        ("fa", "اوبامای سیاستمدار کتابی نوشت.", "اوباما", "Q76"),
    ],
)
def test_names_are_found_linked_and_cut_where_they_end(language: str, text: str, surface: str, entity_id: str) -> None:
    assert (surface, entity_id) in found(language, text)


@pytest.mark.parametrize(
    ("language", "text", "unwanted"),
    [
        ("fa", "یک مقام آمریکایی با همتای روسی خود گفت‌وگو کرد.", {"Q30", "Q159"}),
        ("ar", "قال مسؤول سوري إن الوفد الروسي وصل.", {"Q858", "Q159"}),
        ("ar", "كان الوضع المالي صعبا على الأسرة.", {"Q912", "Q39583"}),
        ("fa", "نور امید در دل مردم روشن شد و سلام گفتند.", None),
        ("fa", "در آستانه سال نو خرید مردم بیشتر شد.", {"Q1520"}),
        ("fa", "روز دوشنبه هوا سرد بود.", {"Q9365"}),
        ("fa", "ایران‌هراسی سیاست تازه‌ای نیست.", {"Q794"}),
        ("fa", "این شی قدیمی در موزه است.", {"Q15031"}),
        ("ar", "اشترى كل شي من السوق.", {"Q15031"}),
    ],
)
def test_words_that_only_look_like_names_are_none(language: str, text: str, unwanted: set[str] | None) -> None:
    ids = {entity for _, entity in found(language, text)}
    assert not (ids - {None} if unwanted is None else ids & unwanted)


def test_a_short_name_needs_the_full_one_in_its_document_in_any_order() -> None:
    text = "شی نیز از این سفر راضی بود.\nرسانه‌ها از دیدار شی جین‌پینگ نوشتند."
    mentions = tag(segments(("with", "fa", text), ("without", "fa", "شی نیز از این سفر راضی بود.")))
    linked = mentions.filter((pl.col("surface") == "شی") & (pl.col("entity_id") == "Q15031"))
    assert linked["document_id"].to_list() == ["with"]


def test_boilerplate_is_not_tagged() -> None:
    assert tag(segments(("d", "fa", "پوتین در مسکو"), kind="boilerplate")).is_empty()


def test_offsets_go_through_the_map_to_the_raw_text() -> None:
    frame = segments(("d", "fa", "x")).with_columns(
        text=pl.lit("به گزارش ما، شی جینپینگ  و پوتـــین آمدند."),
        normalized_text=pl.lit("به گزارش ما، شی جین‌پینگ و پوتین آمدند."),
        start_char=pl.lit(100, pl.Int32),
        offset_map=pl.lit(
            [
                {"normalized": 0, "raw": 0},
                {"normalized": 19, "raw": 19},
                {"normalized": 20, "raw": 19},
                {"normalized": 25, "raw": 24},
                {"normalized": 25, "raw": 25},
                {"normalized": 30, "raw": 30},
                {"normalized": 30, "raw": 33},
                {"normalized": 39, "raw": 42},
            ],
            dtype=pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32})),
        ),
    )
    rows = tag(frame).select("start_char", "end_char", "surface").rows()
    assert (113, 123, "شی جینپینگ") in rows
    assert any(surface == "پوتـــین" for _, _, surface in rows)


def test_a_document_is_tagged_alike_whatever_stands_beside_it() -> None:
    one = ("a", "fa", "ولادیمیر پوتین به ریاض رفت. پوتین با مقام‌های عربستان دیدار کرد.")
    two = ("b", "ar", "زار إيمانويل ماكرون بيروت، ثم عاد ماكرون إلى باريس.")
    together = tag(segments(one, two))
    apart = pl.concat([tag(segments(one)), tag(segments(two))])
    assert together.equals(apart)


def test_no_text_gives_no_mention() -> None:
    assert tag(segments()).is_empty()
    assert tag(segments(("d", "fa", ""))).is_empty()


def test_entities_count_mentions_and_documents() -> None:
    mentions = tag(segments(("a", "fa", "پوتین در مسکو ماند. پوتین سخن گفت."), ("b", "ar", "غادر بوتين موسكو.")))
    row = link(mentions).entities.filter(pl.col("entity_id") == "Q7747").row(0, named=True)
    assert (row["mention_count"], row["document_count"], row["wikidata_id"]) == (3, 2, "Q7747")
    assert row["name_fa"] == "ولادیمیر پوتین"
    assert row["name_ar"] == "فلاديمير بوتين"


LETTERS = st.text(alphabet="پوتینشیجگ والصينلموسك\u200c\u064b\u0640 \t.،-ء12\ufdf2\ufefb😀", max_size=60)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(LETTERS.map(lambda t: t.replace("\n", " ")), min_size=1, max_size=4),
    st.sampled_from(["fa", "ar", "und", "ps"]),
)
def test_spans_never_overlap_and_surfaces_are_slices(lines: list[str], language: str) -> None:
    text = "\n".join(["پوتین " + lines[0], *lines[1:], "والصين بوتين"])
    last = 0
    for start, end, surface in tag(segments(("d", language, text))).select("start_char", "end_char", "surface").rows():
        assert last <= start < end
        assert text[start:end] == surface
        last = end

"""The tagger at its face: sentences of our own that show what is hard."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.entities.tagger import SPANS, kernels, predict
from pipeline.entities.tagger.tokens import tokenize


def segments(*texts: str, language: str = "fa", kind: str = "paragraph") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "document_id": ["d"] * len(texts),
            "position": range(len(texts)),
            "kind": [kind] * len(texts),
            "language": [language] * len(texts),
            "normalized_text": texts,
        },
        schema_overrides={"position": pl.Int32, "normalized_text": pl.String},
    )


def found(text: str, language: str = "fa") -> set[tuple[str, str]]:
    rows = predict(segments(text, language=language)).iter_rows(named=True)
    return {(text[row["start"] : row["end"]], row["label"]) for row in rows}


PERSIAN = [
    ("حسن روحانی رئیس جمهور ایران دیروز به مسکو رفت.", {("حسن روحانی", "PER"), ("ایران", "LOC"), ("مسکو", "LOC")}),
    ("به گزارش خبرگزاری مهر، علی رضایی در تهران سخنرانی کرد.", {("خبرگزاری مهر", "ORG"), ("علی رضایی", "PER"), ("تهران", "LOC")}),
]  # fmt: skip
ARABIC = [
    ("قال محمد مرسي إن القاهرة سترد.", {("محمد مرسي", "PER"), ("القاهرة", "LOC")}),
    ("وصل الرئيس إلى لبنان وسوريا أمس.", {("لبنان", "LOC"), ("سوريا", "LOC")}),
    ("أعلنت الحكومة دعمها للعراق.", {("لعراق", "LOC")}),
]


@pytest.mark.parametrize(("text", "names"), PERSIAN)
def test_persian_names(text: str, names: set[tuple[str, str]]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(("text", "names"), ARABIC)
def test_arabic_names_stand_without_their_proclitic(text: str, names: set[tuple[str, str]]) -> None:
    assert found(text, "ar") == names


def test_either_keyboard_gives_the_same_spans() -> None:
    text = "علی کریمی در کرمانشاه بود."
    other = text.replace("ی", "ي").replace("ک", "ك")
    assert predict(segments(text)).equals(predict(segments(other)))
    assert found(text)


def test_a_half_space_typed_as_a_space_gives_the_same_spans() -> None:
    text = "محمدرضا حسین‌زاده در خانه‌های شیراز بود."
    assert predict(segments(text)).equals(predict(segments(text.replace("\u200c", " "))))
    assert ("شیراز", "LOC") in found(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200c\u200f", "ـــ", "1" * 300, "\U0001f600" * 5, "\ud800 a", "\x00", "."]
)
@pytest.mark.parametrize("language", ["fa", "ar"])
def test_empty_and_strange_text_gives_nothing_and_does_not_raise(text: str, language: str) -> None:
    if "\ud800" in text:
        pytest.skip("Polars holds no unpaired surrogate")
    assert predict(segments(text, language=language)).is_empty()


def test_other_languages_and_boilerplate_give_nothing() -> None:
    text = "حسن روحانی در تهران بود."
    assert predict(segments(text, language="ur")).is_empty()
    assert predict(segments(text, kind="boilerplate")).is_empty()
    frame = segments(text).with_columns(normalized_text=pl.lit(None, pl.String))
    assert predict(frame).is_empty()
    assert predict(frame.clear()).schema == SPANS


def test_a_very_long_sentence_is_read_to_its_end() -> None:
    text = "و " * 200_000 + "در تهران"
    assert (text.rindex("تهران"), "LOC") in {
        (row["start"], row["label"]) for row in predict(segments(text)).iter_rows(named=True)
    }


def test_a_very_long_name_does_not_raise() -> None:
    predict(segments("آقای " + "محمد " * 300 + "م" * 100_000))


def test_rows_in_any_order_and_batch_give_the_same_spans() -> None:
    frame = segments("حسن روحانی به مسکو رفت.", "علی در شیراز ماند.", "سپاهان برنده شد.")
    assert predict(frame.reverse()).equals(predict(frame))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="ابتسشمنیوهلک ال\u200c\u064e\u0640.؟،1aA\u200f\n-\U0001f600", max_size=60), max_size=4),
    st.sampled_from(["fa", "ar"]),
)
def test_spans_are_ordered_inside_their_text_and_trimmed(texts: list[str], language: str) -> None:
    frame = predict(segments(*texts, language=language))
    assert frame.schema == SPANS
    before = (-1, 0)
    for row in frame.iter_rows(named=True):
        text = texts[row["position"]]
        assert 0 <= row["start"] < row["end"] <= len(text)
        assert text[row["start"] : row["end"]].strip() == text[row["start"] : row["end"]]
        assert 0.0 <= row["confidence"] <= 1.0
        assert (row["position"], row["start"]) >= before
        before = (row["position"], row["end"])


def test_a_press_review_names_its_papers() -> None:
    frame = segments("ابتکار: وعده‌های بزرگ برای شهرهای کوچک", "شرق: بازار آرام نشد", "ابتکار خوبی بود.")
    rows = [(r["position"], r["start"], r["end"], r["label"]) for r in predict(frame).iter_rows(named=True)]
    assert (0, 0, 6, "ORG") in rows
    assert (1, 0, 3, "ORG") in rows
    assert not [row for row in rows if row[0] == 2]


def test_one_such_line_alone_is_no_press_review() -> None:
    assert ("شرق", "ORG") not in found("شرق: هوا ابری است")


def test_a_source_line_names_its_source() -> None:
    assert found("منبع: رویداد نو") == {("رویداد نو", "ORG")}
    assert found("المصدر: بوابة الغد", "ar") == {("بوابة الغد", "ORG")}


def test_a_list_of_results_names_its_teams() -> None:
    frame = segments("شهروند رامسر 3 - سپهر نقده 1", "مقاومت ری دو پاس همدان یک", "شهروند رامسر برد.")
    texts = frame["normalized_text"].to_list()
    rows = {
        (texts[r["position"]][r["start"] : r["end"]], r["label"]) for r in predict(frame.head(2)).iter_rows(named=True)
    }
    assert rows == {("شهروند رامسر", "ORG"), ("سپهر نقده", "ORG"), ("مقاومت ری", "ORG"), ("پاس همدان", "ORG")}


def test_a_country_in_a_list_of_results_stays_a_place() -> None:
    rows = predict(segments("ایران 2 - ژاپن 1", "عراق 3 - سوریه 0")).rows(named=True)
    assert {row["label"] for row in rows} == {"LOC"}


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("شرکت « اپل » آمد", "شرکت « اپل", "شرکت « اپل »"),
        ('شبکه " خبر " گفت', 'شبکه " خبر', 'شبکه " خبر "'),
        ("گروه ( الف ) بود", "گروه ( الف", "گروه ( الف )"),
        ("« اپل » آمد", "اپل", "اپل"),
        ("شرکت « اپل » « ب »", "شرکت « اپل »", "شرکت « اپل »"),
    ],
)
def test_a_quotation_in_a_name_is_closed(text: str, cut: str, whole: str) -> None:
    tokens = tokenize([text])
    begin = text.index(cut)
    first = np.flatnonzero(tokens.start == begin)
    last = np.flatnonzero(tokens.end == begin + len(cut))
    kernels.close_quotes(first, last, tokens.codes, tokens.start, tokens.segment)
    assert text[begin : tokens.end[last[0]]] == whole

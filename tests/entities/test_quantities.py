"""Amounts of money and percentages: values, units, whose currency, and what must not be taken for an amount."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.entities.quantities import find_quantities
from pipeline.schema import QUANTITIES
from tests.corpus import quantities as corpus
from tests.entities.frames import dated
from tests.entities.scoring import judge

GATE = json.loads((Path(__file__).parent / "gate-dates.json").read_text(encoding="utf-8"))


def found(text: str, language: str = "fa") -> list[tuple[object, ...]]:
    return find_quantities(dated((text, language, None))).select("surface", "value", "unit").rows()


@pytest.mark.parametrize("name", ["quantities.tsv", "quantities-held.tsv", "quantities-fresh.tsv"])
def test_hand_made_amounts(name: str) -> None:
    """Guards against a sum or a currency that the text does not name."""
    cases = corpus.read(name)
    rows = find_quantities(dated(*((case.text, case.language, None) for case in cases)))
    by_case: dict[str, list[tuple[object, ...]]] = {}
    for row in rows.iter_rows(named=True):
        by_case.setdefault(row["document_id"], []).append((row["surface"], row["value"], row["unit"]))
    right, expected, extra, wrong = judge(cases, by_case)
    assert right >= GATE[name]["right"], "\n".join(wrong)
    assert extra <= GATE[name]["extra"], "\n".join(wrong)
    assert right / expected >= 0.98


def test_there_are_enough_of_them() -> None:
    cases = [*corpus.read("quantities.tsv"), *corpus.read("quantities-held.tsv")]
    assert len(cases) >= 200
    assert {case.language for case in cases} == {"fa", "ar"}
    assert len({row.unit for case in cases for row in case.expected}) >= 25


def test_a_toman_is_ten_rials() -> None:
    assert found("۱۰۰ هزار تومان") == [("۱۰۰ هزار تومان", 1_000_000.0, "IRR")]


def test_a_range_is_one_row_for_each_end() -> None:
    assert found("من 5 إلى 10 مليارات دولار", "ar") == [
        ("5 إلى 10 مليارات دولار", 5e9, "USD"),
        ("5 إلى 10 مليارات دولار", 1e10, "USD"),
    ]


@pytest.mark.parametrize(
    ("context", "unit"),
    [("في الكويت", "KWD"), ("في بغداد", "IQD"), ("وقالت تونس", "TND"), ("في الجزائر", "DZD"), ("في الأردن", "JOD")],
)
def test_a_bare_dinar_is_the_documents(context: str, unit: str) -> None:
    assert [row[2] for row in found(f"{context} بلغ السعر 500 دينار.", "ar")] == [unit]


def test_a_currency_named_in_full_decides_for_the_document() -> None:
    rows = found("دفع 200 دينار أردني في تونس ثم 300 دينار.", "ar")
    assert [row[2] for row in rows] == ["JOD", "JOD"]


def test_where_nothing_decides_nothing_is_invented() -> None:
    assert found("دفع 500 دينار.", "ar") == []
    assert found("بين الكويت والعراق 500 دينار.", "ar") == []


def test_the_source_can_decide() -> None:
    frame = dated(("بلغ السعر 500 ريال.", "ar", None))
    assert find_quantities(frame).height == 0
    rows = find_quantities(frame.with_columns(source=pl.lit("صحيفة الرياض")))
    assert rows["unit"].to_list() == ["SAR"]


def test_another_segment_of_the_document_can_decide() -> None:
    frame = dated(("بلغ السعر 500 ريال.", "ar", None), ("قالت الدوحة إنها تراقب السوق.", "ar", None))
    frame = frame.with_columns(document_id=pl.lit("d"), position=pl.Series([0, 1]), start_char=pl.Series([0, 50]))
    assert find_quantities(frame)["unit"].to_list() == ["QAR"]


def test_boilerplate_is_left_out_and_nothing_in_gives_the_empty_table() -> None:
    assert find_quantities(dated(("۱۰ درصد", "fa", None), kind="boilerplate")).height == 0
    assert find_quantities(dated(("۱۰ درصد", "fa", None)).clear()).schema == QUANTITIES.polars_schema()


@settings(deadline=None)
@given(st.integers(0, 10**12), st.sampled_from(["ar", "fa"]))
def test_grouped_digits_are_read_back(value: int, language: str) -> None:
    digits = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬" if language == "fa" else "٠١٢٣٤٥٦٧٨٩٬")
    for text in (f"{value:,} دولار", f"{value} دولار", f"{value:,}".translate(digits) + " دولار"):
        assert [row[1:] for row in found(text, language)] == [(float(value), "USD")]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["۱۰", "2.5", "3,000", "هزار", "میلیون", "مليار", "ألف", "و", "تا", "إلى", "من", "بين", "نیم", "نصف", "بیست", "خمسة", "عشرون", "دلار", "ريال",
             "تومان", "درصد", "%", "في", "المئة", "$", "منفی", "-", "/", "،", "(", ")", "سعودي", "یک", "مئة", "واحد", "ملايين", "\u200c", "ونصف", "و20"]
        ),
        max_size=12,
    ),
    st.sampled_from(["fa", "ar"]),
)  # fmt: skip
def test_any_order_of_number_words_makes_rows_that_hold(words: list[str], language: str) -> None:
    text = " ".join(words)
    for row in find_quantities(dated((text, language, None))).iter_rows(named=True):
        assert text[row["start_char"] : row["end_char"]] == row["surface"] != ""
        assert row["value"] == row["value"]
        assert abs(row["value"]) < float("inf")
        assert (row["unit"] == "%") == (row["kind"] == "percent")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    find_quantities(dated((text.encode("utf-8", "replace").decode("utf-8"), "ar", None)))


def test_a_number_of_any_length_is_no_trouble() -> None:
    assert found("9" * 400 + " دلار") == [] or found("9" * 400 + " دلار")[0][2] == "USD"
    found("۱ میلیارد " * 2000 + "دلار")

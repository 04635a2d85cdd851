"""The match form guards against one word counted as two because it was spelled two ways."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.matching import match_form_sql, match_forms


@pytest.mark.parametrize(
    ("spellings", "form"),
    [
        (["می‌رود", "ميرود", "مِی‌رَوَد", "مـیرود"], "میرود"),
        (["خانهٔ", "خانۀ", "خانه"], "خانه"),
        (["أحمد", "احمد", "إحمد", "ٱحمد"], "احمد"),
        (["مدرسة", "مدرسه"], "مدرسه"),
        (["على", "علی", "علي"], "علی"),
        (["مسئول", "مسيول", "مسیول"], "مسیول"),
        (["۱۲۳", "١٢٣", "123"], "123"),
        (["ﻻ", "لا", "لأ"], "لا"),
        (["«سلام، دنیا!»", "سلام  دنیا", "سلام؛دنیا"], "سلام دنیا"),
        (["NATO", "nato"], "nato"),
        (["", " \u200c", "؟!"], ""),
    ],
)
def test_spellings_of_one_text_meet(spellings: list[str], form: str) -> None:
    assert match_forms(spellings) == [form] * len(spellings)


def test_words_that_differ_stay_apart() -> None:
    assert len(set(match_forms(["کار", "گار", "قار", "کال", "کارد", "کا ر"]))) == 6


CONNECTION = duckdb.connect()
TEXT = st.text(alphabet=st.sampled_from("ابآأإؤئءيىیكکگچپژةهۀہھـًَُِّْٰٔ۱٢3 .،«»\u200c\u200d\u200f\u00a0abZﻻﷲﺳ\n"), max_size=30)


@settings(deadline=None)
@given(TEXT)
def test_sql_gives_the_same_answer(text: str) -> None:
    sql = CONNECTION.execute(f"select {match_form_sql('t')} from (select ? as t)", [text]).fetchone()
    assert sql == (match_forms([text])[0],)


@settings(deadline=None)
@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = match_forms([text])
    assert match_forms(once) == once


def test_a_lone_surrogate_is_no_error() -> None:
    assert match_forms(["سلام\ud800دنیا"]) == ["سلام دنیا"]

"""Numbers in words: what joins, and what is two numbers."""

import pytest

from pipeline.text.calendars import fold
from pipeline.text.numbers import DUAL_SCALES, FRACTIONS, SCALES, Accumulator, cardinals, is_teen_ending, ordinals


def read(text: str) -> tuple[float | None, int]:
    """The value of the words of `text` that make one number, and how many they are."""
    number = Accumulator()
    joined = False
    taken = 0
    for count, raw in enumerate(text.split(), 1):
        word = fold(raw)
        if word == "و":
            joined = True
            continue
        if word not in cardinals() and word[:1] == "و" and word != "واحد":
            joined, word = True, word[1:]
        if is_teen_ending(word) and not joined and number.add_teen():
            accepted = True
        elif word in DUAL_SCALES and not (word == "الفا" and taken):
            accepted = number.add_scale(DUAL_SCALES[word], joined=joined, dual=True)
        elif word in SCALES:
            accepted = number.add_scale(SCALES[word], joined=joined)
        elif word in FRACTIONS and word not in cardinals():
            accepted = number.add_fraction(FRACTIONS[word], joined=joined)
        elif word in cardinals():
            accepted = number.add_word(cardinals()[word], joined=joined)
        else:
            accepted = number.add_digits(float(word))
        if not accepted:
            break
        taken, joined = count, False
    return number.value, taken


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("بیست و پنج", 25),
        ("سیصد و چهل و دو", 342),
        ("هزار و سیصد و نود و پنج", 1395),
        ("دو میلیون و پانصد هزار", 2_500_000),
        ("پنج هزار میلیارد", 5e12),
        ("هزار و دویست میلیارد", 1.2e12),
        ("یک و نیم میلیارد", 1.5e9),
        ("سه میلیارد و نیم", 3.5e9),
        ("نیم میلیون", 5e5),
        ("2 میلیون و 300 هزار", 2_300_000),
        ("خمسة وعشرون", 25),
        ("ثلاثة عشر", 13),
        ("إحدى عشرة", 11),
        ("مئة وخمسة وعشرون", 125),
        ("ثلاث مئة", 300),
        ("ثلاثمئة وخمسون ألف", 350_000),
        ("ألف وتسعمئة وثمانية وأربعين", 1948),
        ("ألفين وثلاثة وعشرين", 2023),
        ("مليون ونصف المليون", 1.5e6),
        ("مليونان ونصف", 2.5e6),
        ("نصف مليار", 5e8),
        ("أربعة مليارات و200 مليون", 4.2e9),
        ("تسعة وتسعون", 99),
    ],
)
def test_what_is_one_number(text: str, value: float) -> None:
    assert read(text) == (value, len(text.split()))


@pytest.mark.parametrize(
    ("text", "value", "taken"),
    [
        ("پنج و شش", 5, 1),
        ("بیست پنج", 20, 1),
        ("دو سه", 2, 1),
        ("مليون وخمسة ملايين", 1e6 + 5, 2),  # the scale is refused: the caller goes back to before the "and"
        ("10 20", 10, 1),
    ],
)
def test_what_is_two(text: str, value: float, taken: int) -> None:
    assert read(text) == (value, taken)


def test_ordinals_of_both_languages() -> None:
    assert {ordinals()[fold(word)] for word in ("پنجم", "الخامس", "خامس", "الخامسة")} == {5}
    assert ordinals()[fold("العشرين")] == 20

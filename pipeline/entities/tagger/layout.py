"""Names that a line's layout tells: papers of a press review, teams of a list of results, a source line.

Belongs here: the three patterns and the papers' names. Does not belong here: names that running text tells
(`model`).

A press review gives paper after paper, each line ``paper: headline``. Papers' names are common words («شرق»,
«ابتکار», "الحياة"), so a model that reads one line cannot know; two such lines of different papers in one
document say that it is one. A list of results gives match after match, each line ``team goals team goals``; clubs
named after anything else («شهروند», «مقاومت») are told by that alone, from two lines on. A source line is no more than «منبع: ...» or "المصدر: ..." and up to four words.
"""

from __future__ import annotations

from typing import Final

import polars as pl

PAPERS: Final = {
    "fa": (
        "ابتکار", "ابرار", "ابرار اقتصادی", "ابرار ورزشی", "اخبار صنعت", "اسرار", "اطلاعات", "اعتماد", "اعتماد ملی", "افکار",
        "آرمان", "آرمان امروز", "آرمان ملی", "آفتاب یزد", "اقتصاد پویا", "اقتصاد ملی", "امتیاز", "ایران ورزشی", "پیام زمان", "پیروزی",
        "تعادل", "توسعه ایرانی", "جام جم", "جمهوری اسلامی", "جهان اقتصاد", "جهان صنعت", "حمایت", "خبر ورزشی", "خراسان", "دنیای اقتصاد",
        "دنیای خودرو", "راه مردم", "رسالت", "روزان", "سازندگی", "ستاره صبح", "سیاست روز", "شاخه سبز", "شرق", "شهروند", "صبح نو",
        "صدای اصلاحات", "عصر اقتصاد", "عصر ایرانیان", "فرصت امروز", "فرهیختگان", "قدس", "کائنات", "کار و کارگر", "کلید", "کیهان",
        "گسترش صنعت", "گسترش تجارت", "مردم سالاری", "مردمسالاری", "مناقصه مزایده", "نسل فردا", "نود", "هدف و اقتصاد", "هفت صبح", "همدلی", "همشهری",
        "وطن امروز", "وقایع اتفاقیه", "استقلال جوان", "ایران خبر", "تجارت", "حیات نو", "مغرب", "نوآوران", "قانون", "هنرمند",
    ),
    "ar": (
        "الأهرام", "الأخبار", "الأنباء", "الاتحاد", "البيان", "البناء", "التجديد", "الجمهورية", "الحياة", "الخليج", "الدستور", "الديار",
        "الراي", "الرأي", "الرأي العام", "الزمان", "السفير", "السياسة", "الشرق", "الشرق الأوسط", "الصباح", "العرب", "الغد", "القبس",
        "القدس العربي", "اللواء", "المساء", "المستقبل", "المصري اليوم", "النهار", "الوطن", "الوفد", "اليوم السابع", "عكاظ",
    ),
}  # fmt: skip
"""Newspapers, as their names stand in press reviews; facts known of them, from no list."""

_WORD: Final = r"[\p{L}\p{M}\p{N}\x{200c}]+"
_SOURCE: Final = rf"^\s*(?:منبع|منابع|المصدر|مصدر)\s*[:：]\s*({_WORD}(?:[ ]{_WORD}){{0,3}})\s*[.]?\s*$"

_TEAM: Final = r"\p{L}[\p{L}\p{M}\x{200c}]*(?: \p{L}[\p{L}\p{M}\x{200c}]*){0,3}?"
_GOALS: Final = r"(?:\d{1,2}|صفر|یک|دو|سه|چهار|پنج|واحد|اثنان|ثلاثة|أربعة|خمسة)"
_RESULT: Final = rf"^\s*({_TEAM}) {_GOALS}(?: ?[-–ـ_] ?| )({_TEAM}) {_GOALS}\s*[.]?\s*$"


def _review(language: str) -> str:
    names = sorted(PAPERS[language], key=len, reverse=True)
    spelled = "|".join(name.replace(" ", r"[ \x{200c}]*") for name in names)
    return rf"^\s*(?:روزنامه\s+|صحيفة\s+)?({spelled})\s*[:：]\s*\S"


def find(segments: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return the names that lines' layout tells.

    Args:
        segments: Columns `document_id`, `position` and `normalized_text`, of one language.
        language: `fa` or `ar`.

    Returns:
        Columns `document_id`, `position`, `start`, `end` (code points in `normalized_text`) and `unless_place`:
        whether a place of the same extent goes before (a country's team is called by the country).
    """
    text = pl.col("normalized_text")
    lines = (
        segments.select(
            "document_id",
            "position",
            "normalized_text",
            paper=text.str.extract(_review(language)),
            source=text.str.extract(_SOURCE),
            team=text.str.extract(_RESULT, 1),
            other=text.str.extract(_RESULT, 2),
        )
        .filter(pl.any_horizontal(pl.col("paper", "source", "team").is_not_null()))
        .with_columns(pl.col("paper", "team").drop_nulls().n_unique().over("document_id").name.suffix("s"))
    )
    names = (
        (pl.col("papers") > 1, "paper", None, False),
        (pl.lit(True), "source", None, False),
        (pl.col("teams") > 1, "team", None, True),
        (pl.col("teams") > 1, "other", "team", True),
    )
    return pl.concat(
        lines.filter(several, pl.col(name).is_not_null()).select(
            "document_id",
            "position",
            start=_start(name, after),
            end=_start(name, after) + pl.col(name).str.len_chars().cast(pl.Int32),
            unless_place=pl.lit(unless_place),
        )
        for several, name, after, unless_place in names
    )


def _start(name: str, after: str | None) -> pl.Expr:
    """Return where the text in the column `name` begins: its first occurrence, past that of `after`."""
    text = pl.col("normalized_text")
    skipped = pl.lit(0, pl.Int32)
    if after is not None:
        skipped = _start(after, None) + pl.col(after).str.len_chars().cast(pl.Int32)
        text = text.str.slice(skipped)
    return skipped + text.str.splitn(pl.col(name), 2).struct[0].str.len_chars().cast(pl.Int32)

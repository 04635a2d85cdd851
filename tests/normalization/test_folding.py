"""Character rules: each guards against text that looks alike and compares apart, or that a tool has damaged."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.normalization import NormalizationSettings, normalize
from pipeline.normalization.rules import RULES
from pipeline.text.offsets import OffsetMap


def normalized(text: str, language: str = "fa", rules: NormalizationSettings | None = None) -> str:
    frame = pl.DataFrame({"document_id": ["d"], "position": [0], "text": [text], "language": [language]})
    row = normalize(frame, settings=rules or NormalizationSettings()).row(0, named=True)
    check_map(text, row["normalized_text"], row["offset_map"])
    return str(row["normalized_text"])


def check_map(raw: str, out: str, nodes: list[dict[str, int]]) -> None:
    """The contract of news.segments.offset_map, node by node."""
    OffsetMap(tuple(n["normalized"] for n in nodes), tuple(n["raw"] for n in nodes))
    assert nodes[0] == {"normalized": 0, "raw": 0}
    assert nodes[-1] == {"normalized": len(out), "raw": len(raw)}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("كتابي كه ديدى", "کتابی که دیدی"),
        ("خانۀ ما", "خانهٔ ما"),
        ("خانهٔ ما اصلاً دور نیست", "خانهٔ ما اصلاً دور نیست"),
        ("سـلام", "سلام"),
        ("تهران ـ مشهد", "تهران ـ مشهد"),
        ("ﺳﻼم", "سلام"),
        ("١٢٣ و 123", "۱۲۳ و 123"),
        ("آب", "آب"),
        ("مسؤول", "مسؤول"),
        ("«  نقل  »  شد  .", "«نقل» شد."),
        ("گفت :بیا ،برو", "گفت: بیا، برو"),
        ("رفت.آمد", "رفت. آمد"),
        ("سال ۱۳۹۸ ه.ش بود", "سال ۱۳۹۸ ه.ش بود"),
        ("\u200fسلام\u200e\ufeff", "سلام"),
        ("سلام\u00a0دنیا\u2003خوب", "سلام دنیا خوب"),
        ("می\u200b\u200bشود", "می\u200cشود"),
        ("کتاب\u200c ها\u200c\u200cیی", "کتاب\u200cها\u200cیی"),
        ("“سلام” گفت", "«سلام» گفت"),
        ("یک “نقل ناتمام", "یک “نقل ناتمام"),
        ("صلح\x00 و\x07 جنگ", "صلح و جنگ"),
        ("", ""),
        (" \u200c ", ""),
        ("\u064b\u0651", "\u064b\u0651"),
    ],
)
def test_persian(raw: str, expected: str) -> None:
    assert normalized(raw) == expected


@pytest.mark.parametrize(
    "text",
    [
        "نشانی https://www.example.com/a_b?q=كتاب&n=12 است",
        "به info@example.com یا @khabar_fa بنویسید",
        "برچسب #هوش_مصنوعي داغ است",
        "ساعت 12:30 روز 1403/05/12",
        "نسبت 3.14 و 1,250,000 و ۲/۵ درصد",
        "بازی ۲ - ۱ و نتیجه ۳ : ۲ شد",
        "پرونده report_2024.final.pdf را باز کنید",
        "پرواز A330-200 و COVID-19",
    ],
)
def test_addresses_numbers_and_dates_stay_as_they_are(text: str) -> None:
    assert normalized(text) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # The damage other normalisers do to Arabic: none of it here.
        ("في الرئيس إلى مصر على كرسي", "في الرئيس إلى مصر على كرسي"),
        ("أكّدَ رسميًا أنّ القرار نهائيٌّ", "أكّدَ رسميًا أنّ القرار نهائيٌّ"),
        ("عام 1436هـ", "عام 1436هـ"),
        ("مـحـمـد", "محمد"),
        ("کتاب علی", "كتاب على"),
        ("ﻻ ﺇﻟﻪ", "لا إله"),
        ("۱۲۳ و ١٢٣ و 123", "١٢٣ و ١٢٣ و 123"),
        ("قال “الوزير” : نعم ،", "قال “الوزير” : نعم ،"),
    ],
)
def test_arabic(raw: str, expected: str) -> None:
    assert normalized(raw, "ar") == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ur", "ہے اور یہ کتاب ہیں بڑے ھ"),
        ("ckb", "ئێمە لە کوردستان دەژین ڕۆژ"),
        ("ug", "ئۇيغۇر تىلى ۋە ئەدەبىياتى ھەققىدە"),
        ("sd", "سنڌي ٻولي ۾ ڪتاب"),
        ("ps", "ښوونځي ته ځي، دا ډېر ښۀ دی"),
        ("und", "كتاب کتاب ہے"),
        ("en", "plain text, as it came"),
    ],
)
def test_letters_of_other_languages_stay(language: str, text: str) -> None:
    assert normalized(text, language) == text


def test_a_rule_can_be_switched_off_and_on() -> None:
    assert normalized("كتاب", rules=NormalizationSettings(without=frozenset({"persian_letters"}))) == "كتاب"
    assert normalized("سال 2024 و A4", rules=NormalizationSettings(also=frozenset({"ascii_digits"}))) == "سال ۲۰۲۴ و A4"
    with pytest.raises(ValueError, match="no normalisation rule is named tashkil"):
        NormalizationSettings(without=frozenset({"tashkil"}))


def test_every_rule_says_what_it_does() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.says.endswith(".") and rule.profiles for rule in RULES)


ARABIC_SCRIPT = st.text(
    alphabet=st.sampled_from(
        'ابپتثجچحخدذرزژسشصضطظعغفقکكگلمنوهیيىةأإآؤئءـًٌٍَُِّْٰٔٓٱۀ۱۲٣٤5 .،؛:!؟«»()\u200c\u200d\u200f\u200b\u00a0\ufeff\u00ad\t\nﻻﷲabc@#/_"“”'
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=2000)
@given(ARABIC_SCRIPT | st.text(max_size=20), st.sampled_from(["fa", "ar", "ur", "und"]))
@example("ا\u200fٓ", "fa")
@example("ﻻٓ", "ar")
@example("ءـ\u00adء", "fa")
@example("ءـ\u200cء", "ar")
@example("ء\u200cـء", "fa")
def test_any_text_maps_exactly_and_settles(raw: str, language: str) -> None:
    """Every character answers: unedited stretches are equal or one-to-one rules; a second pass changes nothing."""
    raw = raw.encode("utf-8", "replace").decode("utf-8")
    once = normalized(raw, language)
    assert normalized(once, language) == once


def test_a_word_of_a_megabyte_is_kept() -> None:
    word = "ب" * 1_000_000
    assert normalized(word) == word


def test_rows_come_back_in_order_and_batches_do_not_matter() -> None:
    texts = ["كتابهاي تازه", "", "میشود گفت", "الرئيس الروسي"] * 50
    frame = pl.DataFrame(
        {
            "document_id": [f"d{i // 4}" for i in range(200)],
            "position": [i % 4 for i in range(200)],
            "text": texts,
            "language": ["fa", "fa", "fa", "ar"] * 50,
        }
    )
    whole = normalize(frame)
    assert whole.select("document_id", "position").equals(frame.select("document_id", "position"))
    parts = pl.concat([normalize(frame.slice(0, 80)), normalize(frame.slice(80))])
    assert whole.equals(parts)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=3)
    assert normalize(shuffled).sort("document_id", "position").equals(whole.sort("document_id", "position"))
    assert normalize(frame.clear()).columns == whole.columns

"""Half-spaces of real scraped articles that lost every one: word by word against what a reader would write.

No sentence of the articles stands here; single words do.
"""

import re
from collections import Counter

import duckdb
import polars as pl
import pytest

from pipeline.normalization import NormalizationSettings, normalize
from pipeline.text.characters import ARABIC_LETTER_CLASS, ZWNJ
from tests.development_data import DEVELOPMENT_DATA
from tests.normalization.test_spacing import evidence

pytestmark = pytest.mark.gate

ARTICLES = ("000", "001", "004")
"""The Persian ones, by the beginning of their files' names."""

LOST = {
    word.replace("|", ""): word.replace("|", ZWNJ)
    for word in (
        "ائتلاف|های بوده|اند بین|المللی بی|سابقه|ای بی|طرف به|دلیل به|دنبال به|رغم به|طور به|عنوان به|ویژه به|گفته تحریم|های "
        "تجارت|نیوز ثبات|ساز جین|پینگ خواسته|های درخواست|های رئیس|جمهور رئیس|جمهوری زمینه|ها زمینه|های سال|های سیاست|های "
        "عمده|ای عمیق|تر فزاینده|ای فناوری|های کارشکنی|های کرده|اند گزارش|های گسترده|ای گفت|وگو گفت|وگوها گفت|وگوهای منزوی|تر "
        "منطقه|ای مهم|ترین می|توان می|شود می|کند می|کنند می|یابد نخست|وزیر نزدیکی|های نمی|توان همکاری|های همین|طور"
    ).split()
}
"""Every word of the three articles that lost its half-space, and its right spelling."""

SPLIT = {"بی‌سابقه", "دولت‌های", "چشم‌اندازی"}
"""What a space parts there in the place of a half-space."""

JOINED = (
    "آستانه انتهای بهار بهبود بهمن پوتین جنابعالی دنیسوف سمرقند شانگهای شینهوا فشارهای کرملین کشورهای المپیک مانورهای مدودف "
    "مغولستان منتظر میان میزان میزبانی میلادی میلیارد نامناسب نمایش نیروهای همتای همچنین همزمان همسایگان هماهنگ یورونیوز"
).split()
"""Words of theirs that look glued and are not."""

WORD = re.compile(f"[{ARABIC_LETTER_CLASS}{ZWNJ}]+")


def words(frame: pl.DataFrame) -> Counter[str]:
    return Counter(WORD.findall("\n".join(frame["normalized_text"].to_list())))


def test_glued_words_of_real_articles() -> None:
    folder = DEVELOPMENT_DATA.parent / "seeds"
    files = [path for name in ARTICLES for path in sorted(folder.glob(f"{name}*.txt"))]
    if len(files) != len(ARTICLES):
        pytest.skip(f"no real articles at {folder}: set KHABAR_DEVELOPMENT_DATA")
    segments = pl.concat(
        pl.DataFrame({"text": path.read_text(encoding="utf-8").splitlines()}).with_columns(
            pl.lit(path.name).alias("document_id"), pl.int_range(pl.len(), dtype=pl.Int32).alias("position"),
            pl.lit("fa").alias("language"),
        )
        for path in files
    )  # fmt: skip
    before = words(normalize(segments, settings=NormalizationSettings(without=frozenset({"glued", "split"}))))
    after = words(normalize(segments, evidence(duckdb.connect(), segments)))
    assert set(LOST) <= set(before)
    assert set(JOINED) <= set(before)
    assert {word for word in JOINED if after[word] < before[word]} == set()
    assert {word for word in after if ZWNJ in word} <= {*LOST.values(), *SPLIT}
    lost = sum(before[word] for word in LOST)
    assert lost == 79
    still = {word: after[word] for word in LOST if after[word]}
    otherwise = {word: before[word] - after[right] for word, right in LOST.items() if after[right] < before[word]}
    assert sum(otherwise.values()) <= 0.03 * lost, (still, otherwise)

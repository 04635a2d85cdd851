"""Learn which Persian word says what which Arabic word says, and how rare words, entities and numbers are.

    python -m training.stories                         # seeds/models/stories/lexicon.tsv
    python -m training.stories --database PATH         # seeds/models/stories/shares.tsv, from a published database

`lexicon.tsv` has a Persian stem, an Arabic stem, weight, source: stories compares a Persian article with an Arabic
one through it. `shares.tsv` has a stem, number or entity id, and the share of articles it stands in.

The pairs of the source `tico-19` are learned from the sentences of TICO-19 (CC0) that stand in both
languages, by IBM Model 1 in both directions (Brown et al., Computational Linguistics 19(2), 1993): kept
where both directions hold it likely. The pairs of the source `khabar` are written here: what news tells of and
a health corpus does not.

Belongs here: learning both tables. Does not belong here: their use (`pipeline.stories.features`).
"""

from __future__ import annotations

import argparse
import os
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import polars as pl

from pipeline.stories.features import count_terms, stem
from pipeline.text.matching import match_form

DATA: Final = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FOLDER: Final = Path(__file__).resolve().parents[1] / "seeds" / "models" / "stories"
TARGET: Final = FOLDER / "lexicon.tsv"
SHARES: Final = FOLDER / "shares.tsv"
LEAST_SHARE: Final = 0.0005
"""What stands in fewer articles than this counts as rare, and needs no row."""
LEAST_ARTICLES: Final = 500
"""Collections of fewer articles say nothing about rarity."""
ROUNDS: Final = 8
LEAST: Final = 0.2
"""Least geometric mean of the two directions' probabilities."""

WRITTEN: Final = """
زلزله زلزال, سیل سیول, سیل فیضان, آتش‌سوزی حریق, انفجار انفجار, انفجار تفجیر, بمب قنبلة, حمله هجوم, حملات هجمات, کشته قتلى,
کشته قتیل, زخمی جرحى, مجروح جریح, قربانی ضحیة, قربانیان ضحایا, مرگ وفاة, درگذشت توفي, جنگ حرب, آتش‌بس هدنة, صلح سلام, مذاکره مفاوضات,
مذاکرات مفاوضات, گفت‌وگو محادثات, توافق اتفاق, توافقنامه اتفاقية, پیمان معاهدة, قرارداد عقد, امضا توقيع, تحریم عقوبات, تحریم‌ها عقوبات,
دیدار لقاء, دیدار اجتماع, ملاقات لقاء, نشست اجتماع, اجلاس قمة, کنفرانس مؤتمر, سفر زیارة, همتای نظیر, رئیس رئيس, رئیس‌جمهور رئيس,
رئیس‌جمهوری رئيس, نخست‌وزیر رئيس, وزیر وزير, وزارت وزارة, خارجه خارجية, کشور داخلية, دفاع دفاع, سخنگو متحدث, سخنگوی متحدث, سفیر سفير, نماینده نائب,
نمایندگان نواب, مجلس برلمان, پارلمان برلمان, دولت حكومة, کابینه حكومة, انتخابات انتخابات, رأی تصويت, رأی صوت, نامزد مرشح, حزب حزب, پادشاه ملك, ولیعهد ولي,
ارتش جيش, نیروهای قوات, نیرو قوة, نظامی عسكري, پلیس شرطة, سرباز جندي, موشک صاروخ, موشکی صاروخي, پهپاد مسيرة, هواپیما طائرة, بالگرد مروحية, کشتی سفينة, مرز حدود,
دادگاه محكمة, قاضی قاضي, زندان سجن, بازداشت اعتقال, دستگیر اعتقال, اعدام إعدام, متهم متهم, جرم جريمة, تظاهرات مظاهرات, اعتراض احتجاج, اعتراضات احتجاجات, اعتصاب إضراب, کودتا انقلاب,
نفت نفط, گاز غاز, برق كهرباء, آب مياه, انرژی طاقة, هسته‌ای نووي, اتمی نووي, بانک بنك, بانک مصرف, مرکزی مركزي, بازار سوق, بورس بورصة, سهام أسهم, قیمت سعر, قیمت أسعار, تورم تضخم,
ارز عملة, دلار دولار, یورو يورو, بودجه ميزانية, میلیون مليون, میلیارد مليار, درصد بالمئة, درصد المئة, صادرات صادرات, واردات واردات, تجارت تجارة, تجاری تجاري, اقتصاد اقتصاد, اقتصادی اقتصادي,
سرمایه‌گذاری استثمار, شرکت شركة, کارخانه مصنع, کارگران عمال, بیکاری بطالة, مالیات ضريبة, وام قرض, بدهی ديون, خودرو سيارة, راه‌آهن سكك, قطار قطار, فرودگاه مطار, بندر ميناء,
تیم فريق, تیم منتخب, مسابقه مباراة, بازی مباراة, بازیکن لاعب, مربی مدرب, گل هدف, جام كأس, لیگ دوري, قهرمانی بطولة, قهرمان بطل, فوتبال كرة, داور حكم, ورزشگاه ملعب, مدال ميدالية, المپیک أولمبياد,
برد فوز, پیروزی فوز, شکست هزيمة, تساوی تعادل, نیمه شوط, دروازه‌بان حارس, فینال نهائي, جایزه جائزة, فیلم فيلم, جشنواره مهرجان, کتاب كتاب, نمایشگاه معرض, نویسنده كاتب, بازیگر ممثل,
ماهواره قمر, فضا فضاء, فضاپیما مركبة, دانشمندان علماء, پژوهشگران باحثون, دانشگاه جامعة, مدرسه مدرسة, دانش‌آموزان طلاب, بیمارستان مستشفى, پزشک طبيب, بیماری مرض, ویروس فيروس, واکسن لقاح,
باران أمطار, برف ثلوج, طوفان عاصفة, طوفان إعصار, خشکسالی جفاف, آلودگی تلوث, هوا طقس, جاده طريق, تصادف حادث, سقوط تحطم, سقوط سقوط, نجات إنقاذ, امداد إغاثة, پناهندگان لاجئون, آوارگان نازحون, مهاجران مهاجرون,
حقوق حقوق, بشر إنسان, سازمان منظمة, ملل أمم, متحد متحدة, اتحادیه اتحاد, شورای مجلس, امنیت أمن, قطعنامه قرار, بیانیه بيان, محکوم إدانة, هشدار تحذير, تهدید تهديد, تروریستی إرهابي, تروریسم إرهاب,
همکاری تعاون, روابط علاقات, تقویت تعزيز, توسعه تطوير, توسعه تنمية, گسترش توسيع, افزایش زيادة, افزایش ارتفاع, کاهش انخفاض, مجازی فيديو, ویدئویی فيديو, بهار ربيع, تابستان صيف, پاییز خريف, زمستان شتاء,
امروز اليوم, دیروز أمس, فردا غدا, شنبه سبت, یکشنبه أحد, دوشنبه اثنين, سه‌شنبه ثلاثاء, چهارشنبه أربعاء, پنجشنبه خميس, جمعه جمعة, هفته أسبوع, ماه شهر, سال عام, سال سنة, گذشته ماضي, آینده مقبل, جدید جديد,
غرب غرب, غربی غربي, شرق شرق, شمال شمال, جنوب جنوب, استان محافظة, شهر مدينة, روستا قرية, پایتخت عاصمة, رهبر زعيم, رهبران زعماء, مقام مسؤول, مقامات مسؤولون, مردم شعب, نفر شخص, زن امرأة, زنان نساء, کودک طفل, کودکان أطفال
"""
"""Persian and Arabic words that news tells events with, separated by commas."""


def sentences(language: str) -> dict[str, str]:
    """Return the sentences of TICO-19 in a language, by their ids."""
    with zipfile.ZipFile(DATA / "lid" / "tico19" / f"all.en-{language}.tmx.zip") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    found = re.finditer(rf'<tu tuid="([^"]+)">.*?xml:lang="{language}">\s*<seg>(.*?)</seg>', text, re.DOTALL)
    return {match[1]: match[2] for match in found}


def stems(texts: list[str], language: str) -> list[list[str]]:
    """Return the stems of each text's words."""
    frame = pl.DataFrame({"text": texts}).with_row_index("n")
    words = frame.select("n", match_form(pl.col("text")).str.split(" ").alias("word")).explode("word")
    stemmed = words.with_columns(stem(pl.col("word"), pl.lit(language)))
    return stemmed.group_by("n", maintain_order=True).agg("word")["word"].to_list()


def translate(given: list[list[str]], told: list[list[str]]) -> dict[tuple[str, str], float]:
    """Return the probability of each told word for a given one, by IBM Model 1."""
    pairs: dict[tuple[str, str], int] = {}
    blocks = []
    for one, other in zip(given, told, strict=True):
        blocks.append(np.array([[pairs.setdefault((g, t), len(pairs)) for g in one] for t in other]))
    number = {word: i for i, word in enumerate(dict.fromkeys(g for g, _ in pairs))}
    of = np.array([number[g] for g, _ in pairs])
    chance = np.ones(len(pairs))
    for _ in range(ROUNDS):
        counts = np.zeros(len(pairs))
        for block in blocks:
            shares = chance[block]
            np.add.at(counts, block.ravel(), (shares / shares.sum(axis=1, keepdims=True)).ravel())
        chance = counts / np.bincount(of, counts)[of]
    return dict(zip(pairs, chance.tolist(), strict=True))


def shares(database: Path) -> pl.DataFrame:
    """Return in what share of articles each word, entity and number stands: `feature`, `share`.

    A share is the mean over the collections (the first part of the path) of a language, so that a large one does
    not outweigh the others; of two languages the greater holds, since a feature has no language.
    """
    with duckdb.connect(str(database), read_only=True) as con:
        documents = con.sql(
            """
            SELECT document_id, language, title, lead, body, regexp_replace(path, '(-20\\d\\d-.*|[-.]\\d.*|[/!].*|\\..*)$', '') AS collection
            FROM news.documents WHERE duplicate_of IS NULL AND language IN ('ar', 'fa')
            QUALIFY count(*) OVER (PARTITION BY collection, language) >= ?
            """,
            params=[LEAST_ARTICLES],
        ).pl()
        mentioned = con.sql(
            "SELECT DISTINCT document_id, entity_id AS feature FROM news.mentions WHERE entity_id LIKE 'Q%'"
        ).pl()
    sizes = documents.group_by("collection", "language").len("size")
    print(sizes.sort("language", "collection"))
    parts = [count_terms(part).select("document_id", feature="word") for part in documents.iter_slices(5_000)]
    counted = (
        pl.concat([*parts, mentioned])
        .join(documents.select("document_id", "collection", "language"), on="document_id")
        .group_by("collection", "language", "feature")
        .len("count")
        .join(sizes, on=["collection", "language"])
    )
    collections = sizes.group_by("language").len("collections")
    return (
        counted.group_by("language", "feature")
        .agg((pl.col("count") / pl.col("size")).sum().alias("sum"))
        .join(collections, on="language")
        .group_by("feature")
        .agg((pl.col("sum") / pl.col("collections")).max().round(4).alias("share"))
        .filter(pl.col("share") >= LEAST_SHARE)
        .sort("feature")
    )


def main() -> None:
    """Learn and write the lexicon, or the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, help="a published database of news")
    given = parser.parse_args()
    if given.database:
        table = shares(given.database)
        table.write_csv(SHARES, separator="\t", quote_style="never")
        print(table.height, "shares")
        return
    persian, arabic = sentences("fa"), sentences("ar")
    ids = sorted(persian.keys() & arabic.keys())
    given, told = stems([persian[i] for i in ids], "fa"), stems([arabic[i] for i in ids], "ar")
    there, back = translate(given, told), translate(told, given)
    often = Counter(word for words in given for word in words), Counter(word for words in told for word in words)
    rows: dict[tuple[str, str], tuple[float, str]] = {}
    for (one, other), chance in there.items():
        weight = (chance * back[other, one]) ** 0.5
        if weight >= LEAST and min(often[0][one], often[1][other]) >= 2 and min(len(one), len(other)) > 2:
            rows[one, other] = (round(weight, 2), "tico-19")
    written = [pair.split() for pair in WRITTEN.replace("\n", " ").split(",") if pair.strip()]
    for one, other in zip(
        stems([pair[0] for pair in written], "fa"), stems([pair[1] for pair in written], "ar"), strict=True
    ):
        rows[one[0], other[0]] = (0.7, "khabar")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{one}\t{other}\t{weight}\t{source}" for (one, other), (weight, source) in sorted(rows.items())]
    TARGET.write_text("persian\tarabic\tweight\tsource\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(len(rows), "pairs")


if __name__ == "__main__":
    main()

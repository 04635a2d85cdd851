"""Text of neighbours made from that of their relatives: other alphabets in Arabic letters, Mazandarani from Persian.

South Azerbaijani, Southern Uzbek, Turkmen of Iran, Kazakh and Kyrgyz of China, Kurmanji of Iraq and
Hausa in Ajami have little free text in Arabic script, and much in the script that another state
prescribes for the same language. `arabic` writes it by the rules of each orthography's published alphabet; where
that leaves vowels to habit (Southern Uzbek, Hausa, South Azerbaijani) they are written or left out by chance.
Words that South Azerbaijani spells as Arabic does are in `LOANS`. `mazandarani` puts the frequent words and the
postpositions of Mazandarani into Persian sentences, whose names and learned words it shares. The result is good
enough to learn n-grams from, no more.

Belongs here: alphabets and word tables. Does not belong here: what is learned from them (`training.language`).
"""

from __future__ import annotations

import random
import re
from typing import Final

ALPHABETS: Final[dict[str, dict[str, str]]] = {
    "az": {
        "a": "ا", "b": "ب", "c": "ج", "ç": "چ", "d": "د", "e": "ئ", "ə": "ه", "f": "ف", "g": "گ", "ğ": "غ", "h": "ه",
        "x": "خ", "ı": "ی", "i": "ی", "j": "ژ", "k": "ک", "q": "ق", "l": "ل", "m": "م", "n": "ن", "o": "و", "ö": "ؤ",
        "p": "پ", "r": "ر", "s": "س", "ş": "ش", "t": "ت", "u": "و", "ü": "و", "v": "و", "y": "ی", "z": "ز",
    },
    "tk": {
        "a": "ا", "ä": "ا", "b": "ب", "ç": "چ", "d": "د", "e": "ه", "f": "ف", "g": "گ", "h": "ه", "i": "ی", "j": "ج",
        "ž": "ژ", "k": "ک", "l": "ل", "m": "م", "n": "ن", "ň": "نگ", "o": "و", "ö": "و", "p": "پ", "r": "ر", "s": "س",
        "ş": "ش", "t": "ت", "u": "و", "ü": "و", "w": "و", "y": "ی", "ý": "ی", "z": "ز",
    },
    "kmr": {
        "a": "ا", "b": "ب", "c": "ج", "ç": "چ", "d": "د", "e": "ە", "ê": "ێ", "f": "ف", "g": "گ", "h": "ه", "i": "",
        "î": "ی", "j": "ژ", "k": "ک", "l": "ل", "m": "م", "n": "ن", "o": "ۆ", "p": "پ", "q": "ق", "r": "ر", "s": "س",
        "ş": "ش", "t": "ت", "u": "و", "û": "وو", "v": "ڤ", "w": "و", "x": "خ", "y": "ی", "z": "ز",
    },
    "ha": {
        "a": "ا", "b": "ب", "ɓ": "ب", "c": "ث", "d": "د", "ɗ": "ط", "e": "ي", "f": "ف", "g": "غ", "h": "ه", "i": "ي",
        "j": "ج", "k": "ك", "ƙ": "ق", "l": "ل", "m": "م", "n": "ن", "o": "و", "r": "ر", "s": "س", "t": "ت", "u": "و",
        "w": "و", "y": "ي", "z": "ز",
    },
    "kk": {
        "а": "ا", "ә": "ا", "б": "ب", "в": "ۆ", "г": "گ", "ғ": "ع", "д": "د", "е": "ە", "ё": "يو", "ж": "ج", "з": "ز",
        "и": "ي", "й": "ي", "к": "ك", "қ": "ق", "л": "ل", "м": "م", "н": "ن", "ң": "ڭ", "о": "و", "ө": "و", "п": "پ",
        "р": "ر", "с": "س", "т": "ت", "у": "ۋ", "ұ": "ۇ", "ү": "ۇ", "ф": "ف", "х": "ح", "һ": "ھ", "ц": "تس", "ч": "چ",
        "ш": "ش", "щ": "شش", "ы": "ى", "і": "ى", "э": "ە", "ю": "يۋ", "я": "يا",
    },
    "ky": {
        "а": "ا", "б": "ب", "в": "ۋ", "г": "گ", "д": "د", "е": "ە", "ё": "يو", "ж": "ج", "з": "ز", "и": "ى", "й": "ي",
        "к": "ك", "л": "ل", "м": "م", "н": "ن", "ң": "ڭ", "о": "و", "ө": "ۅ", "п": "پ", "р": "ر", "с": "س", "т": "ت",
        "у": "ۇ", "ү": "ۉ", "ф": "ف", "х": "ح", "ц": "تس", "ч": "چ", "ш": "ش", "щ": "شش", "ы": "ى", "э": "ە",
        "ю": "يۇ", "я": "يا",
    },
    "uz": {
        "а": "ه", "б": "ب", "в": "و", "г": "گ", "ғ": "غ", "д": "د", "е": "ې", "ё": "یا", "ж": "ج", "з": "ز", "и": "ی",
        "й": "ی", "к": "ک", "қ": "ق", "л": "ل", "м": "م", "н": "ن", "о": "ا", "п": "پ", "р": "ر", "с": "س", "т": "ت",
        "у": "و", "ў": "ۉ", "ф": "ف", "х": "خ", "ҳ": "ه", "ц": "س", "ч": "چ", "ш": "ش", "э": "ې", "ю": "یو", "я": "یه",
    },
}  # fmt: skip

VOWELS: Final = {"az": "aıoueəiöü", "tk": "aäeioöuüy", "kmr": "aeêiîouû", "uz": "аеиоуўэ"}
"""What takes a bearer at the start of a word."""

BEARERS: Final = {"az": "ا", "tk": "ا", "kmr": "ئ", "uz": "ا"}

UNWRITTEN: Final = {"az": ("ə", 0.5), "tk": ("eä", 0.5), "ha": ("aiu", 0.5), "uz": ("а", 0.6)}
"""Vowels that may go unwritten within a word, and how often."""

LOANS: Final = {
    "insan": "انسان", "hüquq": "حقوق", "millət": "ملت", "dövlət": "دولت", "azad": "آزاد", "ədalət": "عدالت",
    "cəmiyyət": "جمعیت", "hər": "هر", "təhsil": "تحصیل", "ailə": "عائله", "qanun": "قانون", "məhkəmə": "محکمه",
    "iqtisad": "اقتصاد", "mədəniyyət": "مدنیت", "ictimai": "اجتماعی", "siyasi": "سیاسی", "əsas": "اساس",
    "ümumi": "عمومی", "şəxs": "شخص", "vətəndaş": "وطنداش", "müdafiə": "مدافعه", "xidmət": "خدمت", "əsər": "اثر",
    "vəziyyət": "وضعیت", "müxtəlif": "مختلف", "həyat": "حیات", "elm": "علم", "məktəb": "مکتب", "kitab": "کتاب",
    "müəllim": "معلم", "şəhər": "شهر", "zaman": "زمان", "tarix": "تاریخ", "ölkə": "اؤلکه", "bütün": "بوتون",
    "müstəqil": "مستقل", "istifadə": "استفاده", "səhifə": "صحیفه", "məlumat": "معلومات", "əlavə": "علاوه",
    "mövcud": "موجود", "təhlükəsizlik": "تهلوکه‌سیزلیک", "qadağan": "قاداغان", "etmək": "ائتمک", "eyni": "عینی",
    "heç": "هئچ", "üçün": "اوچون", "olan": "اولان", "və": "و", "bərabər": "برابر", "ləyaqət": "لیاقت",
}  # fmt: skip
"""Stems that South Azerbaijani writes as Arabic and Persian do, or by a settled habit of its own."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’ʻ][^\W\d_]+)*")
_FRONT_KAZAKH: Final = frozenset("әөүі")
_BACK: Final = frozenset("аоуыёюяaouyı")


def _lower(text: str, language: str) -> str:
    if language == "az":
        text = text.replace("I", "ı").replace("İ", "i")
    return text.lower()


def _word(word: str, language: str, rng: random.Random) -> str:
    alphabet = ALPHABETS[language]
    start = ""
    if language == "az":
        for cut in range(len(word), 2, -1):
            if word[:cut] in LOANS:
                start, word = LOANS[word[:cut]], word[cut:]
                break
    if language == "uz":
        word = word.replace("ъ", "")
    if language == "ha":
        word = word.replace("sh", "ش").replace("ts", "ط")
    letters = [alphabet.get(c, c if "\u0600" <= c <= "\u06ff" else "") for c in word]
    for i, c in enumerate(word):
        unwritten, share = UNWRITTEN.get(language, ("", 0.0))
        if c in unwritten and 0 < i < len(word) - 1 and rng.random() < share:
            letters[i] = ""
        elif language in ("tk", "ky") and c in "кk" and _BACK & set(word[max(0, i - 1) : i + 2]):
            letters[i] = "ق"
        elif language == "ky" and c == "г" and _BACK & set(word[max(0, i - 1) : i + 2]):
            letters[i] = "ع"
    if word and not start and word[0] in VOWELS.get(language, "") and letters[0] != "ا":
        letters[0] = BEARERS[language] + ("" if language in ("az", "uz", "tk") and letters[0] == "ه" else letters[0])
    elif word and language == "az" and not start and word[0] == "a":
        letters[0] = "آ"
    text = start + "".join(letters)
    if language == "kk" and _FRONT_KAZAKH & set(word) and not set("кге") & set(word):
        text = "ء" + text
    return text


def arabic(text: str, language: str, rng: random.Random) -> str:
    """Return `text` in Arabic letters.

    Args:
        text: In the Latin or Cyrillic alphabet of `language`.
        language: A key of `ALPHABETS`.
        rng: Decides where the orthography does not.
    """
    written = _WORD.sub(lambda found: _word(found[0], language, rng), _lower(text, language))
    return " ".join(written.replace(",", "،").replace("?", "؟").replace(";", "؛").split())


MAZANDARANI: Final = {
    "است": "هسته", "هست": "دره", "نیست": "نییه", "هستند": "هسنه", "بود": "بیه", "بودند": "بینه", "نبود": "نیه",
    "شد": "بیه", "شدند": "بینه", "شده": "بیه", "می‌شود": "وونه", "می‌شوند": "ووننه", "شود": "بوه", "نشد": "نیه",
    "کرد": "هاکرده", "کردند": "هاکردنه", "کرده": "هاکرده", "می‌کند": "کانده", "می‌کنند": "کاننه", "کند": "هاکنه",
    "کنند": "هاکنن", "کردن": "هاکردن", "کنید": "هاکنین", "نکرد": "نکرده", "می‌کنم": "کامبه", "می‌کنیم": "کامبی",
    "داد": "هدا", "دادند": "هدانه", "داده": "هدا", "می‌دهد": "دنه", "می‌دهند": "دننه", "دهد": "هاده", "دادن": "هدائن",
    "گرفت": "بیته", "گرفتند": "بیتنه", "گرفته": "بیته", "می‌گیرد": "گرنه", "گرفتن": "بیتن", "بگیرد": "بیره",
    "گفت": "بوته", "گفتند": "بوتنه", "می‌گوید": "گنه", "می‌گویند": "گننه", "گفته": "بوته", "بگوید": "باوه",
    "آمد": "بموئه", "آمدند": "بمونه", "آمده": "بموئه", "می‌آید": "اینه", "می‌آیند": "اننه", "آمدن": "بموئن",
    "رفت": "بورده", "رفتند": "بوردنه", "می‌رود": "شونه", "می‌روند": "شوننه", "رفته": "بورده", "رفتن": "بوردن",
    "دارد": "دارنه", "دارند": "دارننه", "دارم": "دارمه", "داریم": "دارمی", "ندارد": "ندارنه", "داشت": "داشته",
    "ساخت": "بساته", "ساخته": "بساته", "نوشت": "بنوشته", "نوشته": "بنوشته", "خواند": "بخوندسته", "دید": "بدیه",
    "دیدن": "بدیئن", "خورد": "بخرده", "زد": "بزو", "زده": "بزو", "مرد": "بمرده", "ماند": "بمونسه", "کشت": "بکوشته",
    "می‌تواند": "بتونده", "می‌توانند": "توننه", "می‌توان": "شنه", "نمی‌تواند": "نتونده", "باید": "ونه", "خواست": "بخواسته",
    "می‌خواهد": "خوانه", "می‌داند": "دونده", "می‌رسد": "رسنه", "رسید": "برسیه", "خرید": "بخریه", "فروخت": "بروته",
    "را": "ره", "او": "وه", "وی": "وه", "آنها": "وشون", "آن‌ها": "وشون", "آنان": "وشون", "ما": "اما", "من": "من",
    "تو": "ته", "ایشان": "وشون", "خود": "شه", "خودش": "شه", "این‌ها": "اینان", "اینجا": "اینجه", "آنجا": "اونجه",
    "کجا": "کجه", "چطور": "چتی", "چگونه": "چتی", "آن": "اون", "یک": "اتا", "یکی": "اتا", "خیلی": "خله", "بسیار": "خله",
    "بزرگ": "گت", "بزرگ‌ترین": "گت‌ترین", "بزرگترین": "گت‌ترین", "کوچک": "پچیک", "خوب": "خار", "بهتر": "بهتر", "زیبا": "خجیر",
    "بیشتر": "ویشته", "دیگر": "دیگه", "اکنون": "اسا", "حالا": "اسا", "الان": "اسا", "دوباره": "دباره", "همیشه": "همش",
    "خانه": "خنه", "آب": "او", "شب": "شو", "صبح": "صواحی", "باران": "وارش", "برف": "ورف", "آتش": "تش", "جنگل": "ویشه",
    "بچه": "وچه", "بچه‌ها": "وچون", "پسر": "ریکا", "دختر": "کیجا", "پدر": "پیر", "مادر": "مار", "برادر": "برار",
    "خواهر": "خاخر", "زن": "زنا", "شوهر": "شی", "مردم": "مردم", "سر": "سر", "زبان": "زوون", "جهان": "جهون", "نام": "نوم",
    "مازندران": "مازرون", "ایران": "ایرون", "تهران": "تهرون", "تابستان": "تابسون", "زمستان": "زمسون", "زمان": "زمون",
    "هیچ": "هچ", "سفید": "اسپه", "سیاه": "سیو", "سبز": "سوز", "گاو": "گو", "اسب": "اسب", "تابستانی": "تابسونی",
    "گذاشت": "بییشته", "بگذارد": "بیله", "انداخت": "دمبدا", "نشست": "هنیشته", "پیش": "پش", "کنار": "ور", "پایین": "جیر",
    "بالا": "جور", "بیرون": "بیرون", "شما": "شما", "شمالی": "شمالی", "میان": "میون", "خوردن": "بخردن", "تمام": "تموم",
}  # fmt: skip
"""Persian words and what Mazandarani, written as its encyclopedia does, has for them."""

POSTPOSITIONS: Final = {"در": ("دله",), "از": ("جه", "جا", "جه"), "برای": ("وسه", "وسّه", "وسته"), "با": ("جه", "همراه")}
"""Persian prepositions and the postpositions that stand for them."""

_PLURAL: Final = re.compile(r"^(\w{3,})\u200c?ها(?:ی)?$")


def mazandarani(text: str, rng: random.Random) -> str | None:
    """Return a Persian sentence with the frequent words of Mazandarani, None where it has too few of them."""
    written: list[str] = []
    changed = 0
    waiting = ""
    for token in text.split():
        word = token.strip("،.؛؟!:«»()")
        end = token[token.find(word) + len(word) :] if word else ""
        if word in POSTPOSITIONS and not end and rng.random() < 0.85:
            waiting = rng.choice(POSTPOSITIONS[word])
            changed += 1
            continue
        found = MAZANDARANI.get(word)
        if found is not None and found != word:
            changed += 1
            word = found
        elif (plural := _PLURAL.match(word)) and rng.random() < 0.8:
            word = plural[1] + rng.choice(("ون", "ئون", "ان" if plural[1][-1] != "ه" else "ون"))
            changed += 1
        written.append(word + (end if not waiting else ""))
        if waiting:
            written.append(waiting + end)
            waiting = ""
    if waiting:
        written.append(waiting)
    return " ".join(written) if changed >= max(2, len(written) // 5) else None

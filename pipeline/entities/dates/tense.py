"""Whether the sentence around an expression of time speaks of what is past or of what is to come.

«روز دوشنبه», "يوم الخميس" and «در دی» name one of many such days; the verb says which. A Persian clause ends in its
verb, so the first finite verb after the expression decides; an Arabic clause begins with it, so the nearest verb
before the expression does, and only where none stands there the first one after it. Word lists of the verbs of news
stand in for a parser: what is in neither list decides nothing, and the expression keeps its usual direction.

Belongs here: evidence of tense. Does not belong here: what is done with it (`context`, `values`).
"""

from __future__ import annotations

import functools
import re
from typing import Final

from pipeline.text.calendars import fold
from pipeline.text.characters import BIDI_MARKS, COMBINING, TATWEEL

PAST: Final = -1
OPEN: Final = 0
FUTURE: Final = 1

_WIDTH_BEFORE: Final = 160
_WIDTH_AFTER: Final = 240
_SENTENCE_END: Final = re.compile(r"[.](?!\d)|[!؟?؛;\n]")
_WORD: Final = re.compile(r"[^\W\d_][^\s،,()«»\"'.:؛\[\]“”/]*")
_UNWRITTEN: Final = str.maketrans("", "", COMBINING + BIDI_MARKS + TATWEEL)


def tense(text: str, start: int, end: int, *, arabic: bool) -> int:
    """Return `PAST`, `FUTURE` or `OPEN` for the sentence around `text[start:end]`.

    Args:
        text: A segment, normalised.
        start: Where the expression begins.
        end: Where it ends.
        arabic: Whether the sentence is Arabic; else it is Persian.
    """
    left = max(0, start - _WIDTH_BEFORE)
    for stop in _SENTENCE_END.finditer(text, left, start):
        left = stop.end()
    stop_after = _SENTENCE_END.search(text, end, end + _WIDTH_AFTER)
    right = stop_after.start() if stop_after else min(len(text), end + _WIDTH_AFTER)
    before, after = text[left:start], text[end:right]
    return _arabic(before, after) if arabic else _persian(before, after)


def _words(text: str) -> list[str]:
    return [fold(word).strip() for word in _WORD.findall(text.translate(_UNWRITTEN))]


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word).strip() for word in words.split())


# --- Persian ----------------------------------------------------------------------------------------------------

_PAST_STEMS: Final = (
    "شد|کرد|نمود|گرفت|داد|یافت|رسید|گفت|بود|رفت|آمد|داشت|زد|گذاشت|گذشت|ساخت|ایستاد|پرداخت|پذیرفت|افزود|کوشید|کشید|بخشید"
    "|دید|نوشت|پوشید|پیوست|شناخت|باخت|نشست|انداخت|نگریست|فرستاد|افتاد|سوخت|خواست|توانست|دانست|گشت|برداشت|پرسید|شنید|شکست"
    "|خرید|فروخت|آموخت|گریخت|ریخت|جست|فهمید|چرخید|ورزید|انجامید|کشت|آفرید|درخشید|جنگید|سپرد|شمرد|فشرد|گشود|ربود"
    "|ستود|فرمود|سرود|زدود|آزمود|پیمود|آسود|آویخت|آمیخت|برانگیخت|گسست|نهاد|رساند|گرداند|کشاند|نشاند|پراکند"
)
_PAST_ONLY_BARE: Final = "خورد|آورد|ماند|خواند|برد"
"""Past stems that with می are spelt as the present."""
_PERSON: Final = "(?:م|ی|یم|ید|ند)?"
_NOUNS_TOO: Final = frozenset(
    "گذشت باخت شکست برد دید ساخت پرداخت نشست خرید رفت کشت پیوست شناخت سوخت افت گشت پوشید جست".split()
)
"""Past stems that are nouns as they stand: «دیدار رفت», «پرداخت», «نشست»."""
_CLAUSE_END: Final = re.compile(r"[\s»\"']*(?:$|،|و(?!\s+(?:برگشت|بازگشت))\s|که\s|تا\s)")
_PREVERB: Final = r"(?:(?:بر|در|باز|فرا|فرو|وا|ور)[ \u200c]?)?"
_GLUED: Final = "(?!لی|لا|عا|دا|را|زا)"
"""What follows می where it is no prefix: میلیارد, میلاد, میعاد."""
_HAPPENED: Final = re.compile(
    r"(?<![^\W\d_])(?:حمل[هۀ]|حملات|انفجار|زلزل[هۀ]|زمین[ \u200c]?لرز[هۀ]|سقوط|سانح[هۀ]|حادث[هۀ]|تصادف|پیروزی|شکست|اظهارات|سخنان|درگیری|اعتراضات|تیراندازی)"
    r"[ٔ]?(?:[ \u200c](?:های|ی))?(?:\s(?:بامداد|صبح|ظهر|عصر|شامگاه|شب))?\s*$"
)
"""What has happened, whatever the tense of what is said of it: «حملهٔ روز دوشنبه»."""
_PERSIAN_VERB: Final = re.compile(
    r"(?<![^\W\d_])(?<!\u200c)(?:"
    r"(?P<future>(?:ن?خواه(?:م|ی|د|یم|ید|ند)|قرار ?است|قرار ?گرفته است|در نظر دار(?:د|ند))(?![^\W\d_]))"
    rf"|(?P<past_continuous>{_PREVERB}ن?می[ \u200c]?(?:{_PAST_STEMS}){_PERSON}(?![^\W\d_]))"
    r"|(?P<stative>(?:نشان|محسوب|به نظر|به شمار|حکایت|ادعا|تأکید|تاکید)\s+(?:از\s+)?ن?می[ \u200c]?[^\W\d_]+)"
    rf"|(?P<saying>ن?می[ \u200c]?(?:گو[ییئ]|افزا[یئ]|نویس|دان|خواند|پندار|بین)\w*)"
    rf"|(?P<present>{_PREVERB}ن?می(?:[ \u200c][^\W\d_]+(?:م|د|یم|ید|ند)|{_GLUED}[^\W\d_]+(?:د|ند))(?![^\W\d_]|\u200c[^\W\d_]))"
    rf"|(?P<subjunctive>ن?(?:شو|گرد|یاب|گیر|کن|رو|رس|ده|ب[یا]ا?ی|برو|برس|بده|بگیر|بپیوند|بپرداز|بیاب|ب[مبپ]ان|بساز|ببین|بگذار|بازگرد)(?:م|د|یم|ند)(?![^\W\d_]|\u200c[^\W\d_]))"
    r"|(?P<has>ندار(?:د|ند)|دار(?:د|ند))(?![^\W\d_])"
    rf"|(?P<past>{_PREVERB}ن?(?:{_PAST_STEMS}|{_PAST_ONLY_BARE}){_PERSON}(?![^\W\d_])(?!\u200c[^\W\d_])|[^\W\d_]+ه(?:[ \u200c](?:است|اند|بود|بودند))(?![^\W\d_])"
    r"|(?:شده|کرده|گرفته|یافته|داده|رفته|آمده|رسیده|گفته|بوده)(?![^\W\d_]|\u200c[^\W\d_]))"
    r"|(?P<who>که(?![^\W\d_]))"
    r")"
)
_AT_HOUR: Final = re.compile(r"^[\s:،*]*(?:از|در)?\s*(?:ساعت\s*\d|\d{1,2}[:.]\d\d)")
"""The hour right after a day, in a sentence without a verb: a line of a programme."""
_PLANNED: Final = re.compile(
    r"(?<![^\W\d_])(?:خواهد|خواهند|خواهیم|خواهم|قرار ?است|در نظر دار(?:د|ند)|پیش[ \u200c]?بینی می[ \u200c]?شود)(?![^\W\d_])"
)


def _persian(before: str, after: str) -> int:
    """The first finite verb after the expression; that of a clause with که set into its own is passed over."""
    if _HAPPENED.search(before):
        return PAST
    embedded = False
    for verb in _PERSIAN_VERB.finditer(after):
        kind = verb.lastgroup
        if kind == "who":
            embedded = True
            continue
        if kind == "past" and verb.group() in _NOUNS_TOO and not _CLAUSE_END.match(after, verb.end()):
            continue  # a noun
        if embedded:
            embedded = False
            continue
        return FUTURE if kind in ("future", "present", "subjunctive", "has") else PAST
    return FUTURE if _PLANNED.search(before) or _PLANNED.search(after) or _AT_HOUR.search(after) else OPEN


# --- Arabic -----------------------------------------------------------------------------------------------------

_ARABIC_PAST: Final = _folded(
    "قال قالت قالوا قالا أكد أكدت أعلن أعلنت أعلنوا أضاف أضافت أوضح أوضحت أشار أشارت ذكر ذكرت أفاد أفادت كشف كشفت صرح صرحت"
    " أبلغ أبلغت أعرب أعربت اعتبر اعتبرت وصف وصفت لفت اتهم اتهمت نفى نفت نشر نشرت بثت شدد شددت حذر حذرت تابع تابعت رأى رأت زعم زعمت"
    " التقى التقت وصل وصلت وصلوا غادر غادرت زار زارت عاد عادت اجتمع اجتمعت عقدت انعقد انعقدت أقيم أقيمت أقام أقامت جرى جرت"
    " بدأت انطلق انطلقت اختتم اختتمت افتتح افتتحت شارك شاركت استقبل استقبلت استضاف استضافت نظم نظمت أجرى أجرت أجريت شهدت حضرت"
    " فاز فازت خسر خسرت تعادل تعادلت تغلب تغلبت هزم سجل سجلت أحرز أحرزت توج توجت تأهل تأهلت حقق حققت"
    " قتل قتلت قتلوا أصيب أصيبت توفي توفيت لقي لقيت اعتقل اعتقلت أوقف أوقفت ألقت ضبط ضبطت أطلق أطلقت قصف قصفت هاجم هاجمت استهدف استهدفت"
    " وقع وقعت انفجر انفجرت اندلع اندلعت سقط سقطت حدث حدثت تعرض تعرضت تمكن تمكنت سيطر سيطرت دخلت خرج خرجت انتهى انتهت"
    " أصدر أصدرت صدر صدرت صادق صادقت وافق وافقت رفض رفضت أقر أقرت قرر قررت وقعا أرسل أرسلت قدمت تسلم تسلمت سلم سلمت استلم"
    " نقل نقلت تم تمت جاء جاءت قام قامت كان كانت كانوا تحدث تحدثت ناقش ناقشت بحثت تناول تناولت ترأس ترأست أدى أدت أدلى أدلت"
    " ارتفع ارتفعت انخفض انخفضت تراجع تراجعت أغلق أغلقت ظهر ظهرت شن شنت نفذ نفذت تظاهر تظاهرت احتشد احتشدت ودع"
    " التقيا اجتمعا اتفق اتفقت اتفقا دعت طالب طالبت منح منحت عثر عثرت عثروا ألغى ألغت أرجأت أجلت تولى تولت مثل مثلت"
    " أبحرت أبحر هبط هبطت أقلعت فتح فتحت أعاد أعادت حل حلت هز هزت ضرب ضربت شيع شيعت أحيا أحيت دشن دشنت كرم كرمت استأنف استأنفت واصل واصلت تواصلت تظاهروا توجه توجهت تلقى تلقت أصبح أصبحت أبرم أبرمت ألقى وجهت"
)
_NOUNS_ALSO: Final = _folded(
    "كشف نشر وصف ذكر نقل حل فتح مثل ضرب قتل وقع سلم تعرض تمكن تراجع تحدث تناول تسلم تأهل تعادل تغلب نظم شن هز ضبط قصف منح رفض خرج سجل تابع تولى طالب واقع قرر تظاهر توجه"
)
"""Past verbs that without marks are nouns too, or the present of a feminine subject: they count only at the head of
a sentence."""
_ARABIC_PRESENT: Final = _folded(
    "يقام تقام يلتقي تلتقي يلتقيان تلتقيان يبدأ تبدأ يبدأون ينطلق تنطلق يستضيف تستضيف يشارك تشارك يشاركون يواجه تواجه يتواجه"
    " يخوض تخوض يلعب تلعب يلاقي تلاقي يتقابل يصل تصل يصلون يغادر تغادر يزور تزور يتوجه تتوجه يعقد تعقد ينعقد تنعقد يجتمع تجتمع يجري تجري"
    " يستمر تستمر يتواصل تتواصل يختتم تختتم يفتتح تفتتح يستأنف تستأنف يحتضن تحتضن ينظم تنظم ينتهي تنتهي يعود يسافر تسافر يحل تحل"
    " ينتقل تنتقل يستقبل تستقبل يصوت تصوت يدلي يتسلم تتسلم يقدم يعرض يطلق تطلق يدشن تدشن يحتفل تحتفل"
    " تنحسر ينحسر تتأثر يتأثر يسود تسود تهطل تتساقط تنخفض ترتفع يغلق تغلق يفتح تفتح يستكمل تستكمل يترأس تترأس يجتمعون"
    " يباشر تباشر يحاكم تحاكم تنظر يحسم تحسم يناقش تناقش يبحث تبحث يتحدد يبت يتنافس تتنافس يوقع توقع يعلن تعلن يصدر تصدر يطرح تطرح"
    " يشهد تشهد تستعد يستعد تعتزم يعتزم تنوي ينوي تخطط يخطط يدور تدور يمتد تمتد يسري تسري يبقى تبقى يظل تظل"
)
_PLANS: Final = _folded(
    "المقرر المنتظر المرتقب المزمع المتوقع المرجح المفترض سوف مقرر مقررة المقررة المرتقبة المنتظرة المزمعة المتوقعة مرتقبة مرتقب"
    " يتوقع تتوقع ينتظر يرتقب يرجح لن يعتزم تعتزم اعتزامه عزمه عزمها"
    " موعد موعدا موعدها موعده برمجة تحديد مبرمج مبرمجة"
)
_WILL_STEM: Final = re.compile(
    r"س[یتنا](?:عقد|قام|بدا|شهد|جر|تم|کون|زور|صل|صدر|لتق|جتمع|نطلق|توجه|غادر|ستقبل|ستضیف|لعب|واجه|خوض|حل|نظم|فتتح|شارک|عود"
    r"|لقی|علن|بحث|ناقش|قدم|کشف|تراس|ستمر|ستانف|دخل|بث|عرض|طلق|حتفل|قیم|ضم|صوت|حدد|نتخب|توافد|دلی|مول|خصص|ختتم|نتقل|عمل|سافر)"
)
_WILL: Final = re.compile(r"س[یتن][^\W\d_]{3,}$")
"""What looks like a future verb: سيمولان, but سيلفي is a name too and counts only at the head of its clause."""
_NOT_WILL: Final = re.compile(
    r"س(?:یاس|یار|یاد|یاح|یاق|ید|ینا|ینم|یول|یطر|یر|یف|یوول|یئ|یما|یکو|یبیر|یلیکون|یمنس"
    r"|تین|تون|توک|تیف|تیو|تار|تری|تاد|تان|نوا|نوی|نتی|نغا|ندا|نجا|نتر)"
)
_CLAUSES: Final = _folded("أن أنه أنها أنهم بأن بأنه بأنها إن إنه إنها الذي التي الذين حيث")
"""What begins a clause of its own after a verb of saying."""
_NEGATED_PAST: Final = _folded("لم كان كانت كانوا وكان وكانت وهو وهي ظل ظلت بات باتت أخذ بدأ بدأت")
_BEFORE_THAT: Final = _folded("قبل بعد منذ عقب")
_UNTIL: Final = _folded("حتى لغاية إلى")
_OF_DAY: Final = _folded("يوم مساء صباح ظهر فجر عصر ليل غاية نهاية بعد منتصف ليلة")
_EXPECTED: Final = _folded("توقع توقعت توقعوا رجح رجحت")
"""Verbs of expecting: what stands after "that" is to come, the expecting itself is past."""
_RELATIVE: Final = _folded("الذي التي الذين")
_HAPPENING: Final = _folded(
    "هجوم هجمات تفجير تفجيرات انفجار زلزال حادث اعتداء فوز خسارة هزيمة تصريحات مجزرة غارات غارة اشتباكات"
)
"""What has happened, whatever the tense of what is said of it: هجوم الخميس."""
_AFTERMATH: Final = _folded("بعد عقب إثر")
"""After an event, and what stands with it is its day: بعد وصول البعثة الاثنين."""
_CALLS: Final = _folded("دعا دعت دعوا يدعو تدعو")
"""Verbs of a call to something: what stands after "to" is still to be done."""
_LASTING: Final = _folded("استمر استمرت امتد امتدت تواصل تواصلت دام دامت ظل ظلت بقي بقيت وصل وصلت عاد عادت كان كانت")
_TO_COME: Final = _folded(
    "طلب طلبت دعا دعت أجل أجلت أرجأ أرجأت تأجيل إرجاء مدد مددت تمديد أمهل أمهلت مهلة أوصى أوصت نصح نصحت حث حثت علق علقت تعليق"
    " أغلق أغلقت إغلاق أغلقوا تأجلت تأجل أرجئت حدد حددت موعدا موعد إيقاف توقيف إمهال يمهل تقديم غلق قرر قررت"
)
_FROM: Final = _folded("اعتبارا ابتداء بدءا انطلاقا بداية وابتداء واعتبارا")
_BEGINS_AT: Final = re.compile(
    r"^[\s:،*]*(?:(?:بداية|انطلاقا|ابتداء) من|في تمام|في|من|على)?\s*(?:السّ?اعة|س ?\d|\d{1,2}[:.]\d\d)"
)
"""The hour right after a day, in a sentence without a verb: a line of a programme."""
_CLAUSE: Final = 6
"""So many words may stand between what begins a clause and a verb of it that could be a name."""
_TOPIC: Final = 2
"""So many words may stand before a day that leads its sentence: the verb after it is then its own."""
_LETTERS: Final = ("و", "ف")


@functools.lru_cache(maxsize=50_000)
def _kind(word: str) -> str:
    """`past`, `maybe past`, `present`, `future`, `maybe future`, or nothing, for a folded Arabic word."""
    for form in (word, word[1:] if word[:1] in _LETTERS else ""):
        if form in _PLANS:
            return "future"
        if form in _ARABIC_PRESENT:
            return "present"
        if form in _ARABIC_PAST:
            return "maybe past" if form in _NOUNS_ALSO else "past"
        if _WILL_STEM.match(form) or (form[:1] == "س" and form[1:] in _ARABIC_PRESENT):
            return "future"
        if _WILL.match(form) and not _NOT_WILL.match(form):
            return "maybe future"
    return ""


def _arabic(before: str, after: str) -> int:
    words = _words(before)
    outside = [word for word in words if word not in _OF_DAY]
    if outside and (outside[-1] in ("منذ", "ومنذ") or outside[-1] in _HAPPENING):
        return PAST
    if len(outside) > 1 and outside[-1] == "من" and outside[-2] in _FROM:
        return FUTURE
    if _is_deadline(words):
        return FUTURE
    for i in range(len(words) - 1, -1, -1):
        if words[i].removeprefix("و") in _CALLS and "الی" in words[i:]:
            return FUTURE
        if words[i].removeprefix("و") in _EXPECTED:
            return FUTURE if "ان" in words[i:] else PAST
        if words[i] in _RELATIVE and i + 1 < len(words) and _is_past_after_relative(words[i + 1]):
            return PAST
        if words[i] in _AFTERMATH and not (i + 1 < len(words) and words[i + 1] in _OF_DAY):
            return PAST
        told = _told(words, i)
        if told:
            return told
    leads = len(words) <= _TOPIC
    words = _words(after)
    for i in range(len(words)):
        if words[i] in _EXPECTED:
            return PAST
        told = _told(words, i) if leads or _kind(words[i]) in ("past", "future") else OPEN
        if told:
            return told
    return FUTURE if _BEGINS_AT.search(after) else OPEN


def _told(words: list[str], i: int) -> int:
    """What the verb at `i` says of the tense of what follows it; `OPEN` where it is none."""
    kind = _kind(words[i])
    if kind == "future":
        return FUTURE
    if kind == "past" or (kind == "maybe past" and i == 0) or (not kind and i == 0 and _is_feminine_past(words[i])):
        return PAST
    if kind == "maybe future":
        return FUTURE if i == 0 or any(word in _CLAUSES for word in words[max(0, i - _CLAUSE) : i]) else OPEN
    if kind != "present":
        return OPEN
    earlier = words[max(0, i - 2) : i]
    if earlier and earlier[-1] in _NEGATED_PAST:
        return PAST
    if len(earlier) > 1 and earlier[-1] == "ان" and earlier[-2] in _BEFORE_THAT:
        return PAST
    return FUTURE


def _is_past_after_relative(word: str) -> bool:
    """Whether a word after "which" is a verb in the past: none of the present's letters begins it."""
    return not _kind(word) and len(word) > 2 and word[0] not in "یتنسل"


def _is_feminine_past(word: str) -> bool:
    """Whether the first word of a sentence is a verb in the past by its ending: سددت, حكمت."""
    return len(word) > 3 and word.endswith("ت") and not word.endswith(("ات", "وت")) and word[0] not in "تیال"


def _is_deadline(words: list[str]) -> bool:
    """Whether the day is one up to which something is asked for, closed or put off: أجلت الجلسة إلى."""
    i = len(words) - 1
    while i >= 0 and words[i] in _OF_DAY:
        i -= 1
    if i < 0 or words[i] not in _UNTIL:
        return False
    told = (word[1:] if word[:1] in _LETTERS and word[1:] in _TO_COME | _LASTING else word for word in words[:i][::-1])
    return next((word for word in told if word in _TO_COME or word in _LASTING), "") in _TO_COME

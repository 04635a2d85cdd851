"""Stories: one event told in two languages is one; the same people at another event are another."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import stories

TURKEY, IRAN, ERDOGAN, RAISI, ANKARA, TEHRAN, IRAQ, ILO = "Q43 Q794 Q39259 Q5948 Q3640 Q3616 Q796 Q54129".split()

ARTICLES: dict[str, tuple[str, str, str, list[str]]] = {
    "quake fa": (
        "fa",
        "زلزله ۶٫۳ ریشتری در استان وان ۴۱۲ کشته بر جا گذاشت",
        "زلزله‌ای به بزرگی ۶٫۳ ریشتر بامداد امروز استان وان در شرق ترکیه را لرزاند. سازمان امداد ترکیه گفت تاکنون ۴۱۲ نفر کشته و "
        "۱۸۷۰ نفر زخمی شده‌اند. بیمارستان‌های شهر پر از مجروح است و نیروهای امداد و نجات زیر آوار ساختمان‌ها دنبال زنده‌ها می‌گردند.",
        [TURKEY, "Q83095"],
    ),
    "quake ar": (
        "ar",
        "412 قتيلا في زلزال ضرب ولاية وان شرقي تركيا",
        "ضرب زلزال بقوة 6.3 درجات فجر اليوم ولاية وان شرقي تركيا. وأعلنت هيئة الإغاثة التركية مقتل 412 شخصا وإصابة 1870 جريحا، "
        "وقالت إن المستشفيات في المدينة امتلأت بالجرحى وإن فرق الإنقاذ تبحث عن ناجين تحت الأنقاض.",
        [TURKEY, "Q83095"],
    ),
    "visit fa": (
        "fa",
        "رئیس‌جمهور ایران در آنکارا با همتای ترک خود دیدار کرد",
        "رئیس‌جمهور ایران در سفر به آنکارا با رئیس‌جمهور ترکیه دیدار و گفت‌وگو کرد. دو طرف ده سند همکاری در زمینه انرژی و تجارت امضا "
        "کردند و گفتند حجم تجارت دو کشور باید به ۳۰ میلیارد دلار برسد. افزایش صادرات گاز ایران نیز محور این گفت‌وگوها بود.",
        [TURKEY, IRAN, ERDOGAN, RAISI, ANKARA],
    ),
    "visit ar": (
        "ar",
        "الرئيس الإيراني يبحث مع نظيره التركي في أنقرة التعاون في الطاقة",
        "بحث الرئيس الإيراني خلال زيارة إلى أنقرة مع نظيره التركي التعاون في مجال الطاقة والتجارة، ووقع الجانبان عشر وثائق للتعاون. وقال "
        "الرئيسان إن حجم التجارة بين البلدين يجب أن يصل إلى 30 مليار دولار، وبحثا زيادة صادرات الغاز الإيراني.",
        [TURKEY, IRAN, ERDOGAN, RAISI, ANKARA],
    ),
    "call fa": (
        "fa",
        "تماس تلفنی رؤسای جمهور ایران و ترکیه درباره آتش‌سوزی جنگل‌ها",
        "رئیس‌جمهور ترکیه در تماس تلفنی با همتای ایرانی خود از فرستادن بالگردهای آبپاش برای مهار آتش‌سوزی جنگل‌های جنوب ترکیه قدردانی کرد. "
        "آتش در ۱۲۷ نقطه مهار شده و هزاران تن از ساکنان روستاها به خانه‌های خود بازگشته‌اند.",
        [TURKEY, IRAN, ERDOGAN, RAISI],
    ),
    "match fa": (
        "fa",
        "پیروزی تیم ملی فوتبال ایران برابر عراق در جام ملت‌ها",
        "تیم ملی فوتبال ایران با دو گل بازیکنان ذخیره خود تیم عراق را شکست داد و به مرحله نیمه‌نهایی رسید. مربی تیم پس از بازی از "
        "تماشاگرانی که به ورزشگاه آمده بودند قدردانی کرد و گفت دروازه‌بان بهترین بازیکن زمین بود.",
        [IRAN, IRAQ],
    ),
    "match fa again": (
        "fa",
        "ایران با شکست عراق به نیمه‌نهایی جام ملت‌ها رسید",
        "فوتبالیست‌های ایران عراق را با دو گل شکست دادند و حریف خود را در نیمه‌نهایی جام ملت‌ها شناختند. هر دو گل تیم ملی فوتبال ایران را "
        "بازیکنان ذخیره زدند و مربی تیم دروازه‌بان را بهترین بازیکن زمین خواند.",
        [IRAN, IRAQ],
    ),
}
NONE_BEFORE = pl.DataFrame(schema={"document_id": pl.String, "story_id": pl.String})
DAY = date(2023, 5, 10)


def documents(days: dict[str, date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, *ARTICLES[name.split("#")[0]][:2], None, ARTICLES[name.split("#")[0]][2], day, None) for name, day in days.items()],
        schema={
            "document_id": pl.String, "language": pl.String, "title": pl.String, "lead": pl.String, "body": pl.String,
            "published_on": pl.Date, "published_at": pl.Datetime("us"),
        },
        orient="row",
    )  # fmt: skip


def entities(names: list[str]) -> pl.DataFrame:
    rows = [(name, entity, 2) for name in names for entity in ARTICLES[name.split("#")[0]][3]]
    schema = {"document_id": pl.String, "entity_id": pl.String, "mention_count": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def group(days: dict[str, date | None], before: pl.DataFrame = NONE_BEFORE) -> pl.DataFrame:
    given = documents(days)
    return stories.group(given, stories.describe(given), entities(list(days)), before)


def told(made: pl.DataFrame) -> set[frozenset[str]]:
    return {frozenset(names) for names in made.group_by("story_id").agg("document_id")["document_id"].to_list()}


@pytest.mark.parametrize("day", [DAY, None])
def test_one_event_in_two_languages_is_one_story_and_the_same_people_elsewhere_another(day: date | None) -> None:
    """Dated or not: the presidents' visit and their call share every name, and are two events."""
    assert told(group(dict.fromkeys(ARTICLES, day))) == {
        frozenset({"quake fa", "quake ar"}),
        frozenset({"visit fa", "visit ar"}),
        frozenset({"call fa"}),
        frozenset({"match fa", "match fa again"}),
    }


def test_days_apart_are_stories_apart() -> None:
    assert told(group({"quake fa": DAY, "quake ar": DAY + timedelta(days=30)})) == {
        frozenset({"quake fa"}),
        frozenset({"quake ar"}),
    }


def test_the_first_document_leads_and_is_wholly_like_itself() -> None:
    made = group({"quake fa": DAY + timedelta(days=1), "quake ar": DAY})
    assert dict(made.select("document_id", "similarity").rows())["quake ar"] == 1.0
    assert 0.4 < dict(made.select("document_id", "similarity").rows())["quake fa"] < 1.0


def test_articles_with_hardly_a_word_are_stories_of_their_own() -> None:
    """A page of cartoons under one headline every day is no event."""
    given = documents({"match fa": DAY, "call fa": DAY}).with_columns(title=pl.lit("کاریکاتور"), body=pl.lit(""))
    made = stories.group(given, stories.describe(given), entities([]), NONE_BEFORE)
    assert len(told(made)) == 2


def test_nothing_makes_no_story() -> None:
    assert group({}).is_empty()


def test_a_story_keeps_its_id_and_no_two_have_one() -> None:
    first = group({"quake fa": DAY, "match fa": DAY})
    ids = dict(first.select("document_id", "story_id").rows())
    later = group({"quake ar": DAY - timedelta(days=1), "quake fa": DAY, "match fa again": DAY, "call fa": DAY}, first)
    now = dict(later.select("document_id", "story_id").rows())
    assert now["quake fa"] == now["quake ar"] == ids["quake fa"]
    assert now["match fa again"] not in ids.values()
    assert later["story_id"].n_unique() == len(told(later)) == 3


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([f"{name}#{i}" for name in ARTICLES for i in range(2)]),
        st.sampled_from([None, DAY, DAY + timedelta(days=1), DAY + timedelta(days=9)]),
        min_size=1,
    ),
    st.randoms(),
)
def test_stories_are_a_function_of_the_documents(days: dict[str, date | None], order) -> None:
    """Every document is in exactly one story, whatever the order of rows and whatever the ids of before."""
    names = list(days)
    shuffled = names.copy()
    order.shuffle(shuffled)
    made = group(days)
    half = group({name: days[name] for name in names[::2]})
    again = group({name: days[name] for name in shuffled}, half)
    assert sorted(made["document_id"]) == sorted(names)
    assert told(made) == told(again)
    assert made.drop("story_id").equals(again.drop("story_id"))

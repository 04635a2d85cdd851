"""Stories: one event told in two languages is one; the same people at another event are another."""

from datetime import date, timedelta

import duckdb
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
DAY = date(2023, 5, 10)
Days = dict[str, date | None]


def documents(days: Days) -> pl.DataFrame:
    """Articles by name, each told on a day; `name#x` is another copy of the same article."""
    return pl.DataFrame(
        [
            (name, *ARTICLES[name.split("#")[0]][:2], None, *ARTICLES[name.split("#")[0]][2:], day, None)
            for name, day in days.items()
        ],
        schema={
            "document_id": pl.String, "language": pl.String, "title": pl.String, "lead": pl.String, "body": pl.String,
            "entities": pl.List(pl.String), "published_on": pl.Date, "published_at": pl.Datetime("us"),
        },
        orient="row",
    )  # fmt: skip


class Memory:
    """The stage's tables, brought from one set of documents to the next as the warehouse would."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        stories.create_tables(self.connection)
        self.days: Days = {}

    def become(self, days: Days) -> pl.DataFrame:
        """Bring the stories to these documents; return `story_id`, `document_id`, `similarity`."""
        moved = {name: day for name, day in days.items() if name not in self.days or self.days[name] != day}
        gone = pl.DataFrame({"document_id": list(self.days.keys() - days.keys())}, schema={"document_id": pl.String})
        given = documents(moved)
        known = given.filter(pl.col("document_id").is_in(list(self.days)))
        stories.forget(self.connection, gone)
        stories.remember(self.connection, stories.describe(given), given, known)
        stories.gather(self.connection, given, gone)
        self.days = dict(days)
        found: pl.DataFrame = self.connection.sql(
            "SELECT story_id, document_id, similarity FROM stories.stories ORDER BY document_id"
        ).pl()
        return found


def group(days: Days) -> pl.DataFrame:
    return Memory().become(days)


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
    assert stories.describe(given).is_empty()
    memory = Memory()
    stories.gather(memory.connection, given, given.clear())
    assert len(told(memory.connection.sql("FROM stories.stories").pl())) == 2


def test_nothing_makes_no_story() -> None:
    assert group({}).is_empty()


def test_a_story_keeps_its_id_and_no_two_have_one() -> None:
    memory = Memory()
    ids = dict(memory.become({"quake fa": DAY, "match fa": DAY}).select("document_id", "story_id").rows())
    later = memory.become({"quake ar": DAY - timedelta(days=1), "quake fa": DAY, "match fa again": DAY, "call fa": DAY})
    now = dict(later.select("document_id", "story_id").rows())
    assert now["quake fa"] == now["quake ar"] == ids["quake fa"]
    assert now["match fa again"] not in ids.values()
    assert later["story_id"].n_unique() == len(told(later)) == 3


def test_an_id_made_of_a_document_that_led_another_story_is_not_given_twice() -> None:
    """«quake fa» leads, a second telling comes, then leads alone: the id stays with the majority."""
    memory = Memory()
    memory.become({"quake fa": DAY})
    memory.become({"quake fa": DAY, "quake fa#1": DAY, "quake fa#2": DAY})
    apart = memory.become({"quake fa": DAY - timedelta(days=20), "quake fa#1": DAY, "quake fa#2": DAY})
    assert apart["story_id"].n_unique() == 2


def test_a_vector_is_of_unit_length_and_what_no_probe_tells_is_short() -> None:
    vectors = stories.describe(documents(dict.fromkeys(ARTICLES, DAY)))
    for name in ("within", "across"):
        square = pl.col(name) ** 2
        lengths = vectors.group_by("document_id").agg(
            whole=square.sum().sqrt(), rest=square.filter(~pl.col(f"probe_{name}")).sum().sqrt()
        )
        assert lengths["whole"].is_between(0.999, 1.001).all()
        assert 0 < lengths["rest"].max() <= 0.2001


def test_a_vector_does_not_depend_on_the_batch() -> None:
    given = documents(dict.fromkeys(ARTICLES, DAY))
    apart = pl.concat([stories.describe(given[i : i + 1]) for i in range(given.height)])
    key = ["document_id", "feature"]
    assert stories.describe(given.sample(fraction=1.0, shuffle=True, seed=3)).sort(key).equals(apart.sort(key))


ANY = st.dictionaries(
    st.sampled_from([f"{name}#{i}" for name in ARTICLES for i in range(3)]),
    st.sampled_from([None, DAY, DAY + timedelta(days=2), DAY + timedelta(days=4), DAY + timedelta(days=9)]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ANY, min_size=1, max_size=4))
def test_stories_are_a_function_of_the_documents(steps: list[Days]) -> None:
    """Whatever came, changed and went before, the last set of documents makes the stories it makes from scratch."""
    memory = Memory()
    for days in steps:
        made = memory.become(days)
    whole = group(steps[-1])
    assert sorted(made["document_id"]) == sorted(steps[-1])
    assert told(made) == told(whole)
    assert made.drop("story_id").equals(whole.drop("story_id"))
    assert made["story_id"].n_unique() == len(told(made))


def test_no_pair_is_missed() -> None:
    """Probes find every pair that comparing all with all finds."""
    days: Days = {f"{name}#{i}": DAY + timedelta(days=i) for name in ARTICLES for i in range(3)} | {"call fa#u": None}
    memory = Memory()
    memory.become(days)
    found = memory.connection.execute("SELECT count(*) FROM stories.pairs").fetchall()[0][0]
    all_with_all = memory.connection.execute(
        """
        SELECT count(*) FROM (
            SELECT a.key, b.key FROM stories.documents AS a JOIN stories.documents AS b ON a.key < b.key
            AND (abs(a.day - b.day) <= 3 OR a.day = -1000000 OR b.day = -1000000)
            JOIN stories.vectors AS v ON v.key = a.key
            JOIN stories.vectors AS w ON w.key = b.key AND w.feature = v.feature
            GROUP BY ALL HAVING if(any_value(a.language) = any_value(b.language),
                sum(v.within::DOUBLE * w.within::DOUBLE) >= 0.4, sum(v.across::DOUBLE * w.across::DOUBLE) >= 0.34)
        )
        """
    ).fetchall()[0][0]
    assert found == all_with_all > 20

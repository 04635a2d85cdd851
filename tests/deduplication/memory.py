"""A deduplication memory over an in-memory DuckDB, and texts to fill it with.

Belongs here: what several tests of the stage share.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import duckdb
import polars as pl

from pipeline import deduplication

WORDS = [
    "دولت",
    "مجلس",
    "وزیر",
    "نفت",
    "گاز",
    "بازار",
    "قیمت",
    "تورم",
    "صادرات",
    "واردات",
    "بانک",
    "مرکزی",
    "ارز",
    "سکه",
    "بورس",
    "کارگر",
    "معلم",
    "دانشگاه",
    "مدرسه",
    "شهر",
    "روستا",
    "باران",
    "برف",
    "سیل",
    "زلزله",
    "جاده",
    "راه",
    "قطار",
    "فرودگاه",
    "بندر",
    "کشتی",
    "ماهی",
    "گندم",
    "برنج",
    "چای",
    "قند",
    "شکر",
    "روغن",
    "گوشت",
    "مرغ",
    "بیمارستان",
    "پزشک",
    "دارو",
    "واکسن",
    "ورزش",
    "فوتبال",
    "تیم",
    "مربی",
    "بازیکن",
    "گل",
    "داور",
    "جام",
    "لیگ",
    "سینما",
    "فیلم",
    "کارگردان",
    "بازیگر",
    "کتاب",
    "نویسنده",
    "شاعر",
    "موسیقی",
    "نمایش",
    "الحكومة",
    "البرلمان",
    "الوزير",
    "النفط",
    "الغاز",
    "السوق",
    "الأسعار",
    "التضخم",
    "الصادرات",
    "الواردات",
    "المصرف",
    "العملة",
    "البورصة",
    "العمال",
    "المعلم",
    "الجامعة",
    "المدرسة",
    "المدينة",
    "القرية",
    "المطر",
    "الثلج",
    "الزلزال",
    "الطريق",
    "القطار",
    "المطار",
    "الميناء",
    "السفينة",
    "القمح",
    "الأرز",
    "الشاي",
    "السكر",
    "الزيت",
    "اللحم",
    "المستشفى",
    "الطبيب",
    "الدواء",
    "اللقاح",
    "الرياضة",
    "الفريق",
    "المدرب",
    "اللاعب",
    "الهدف",
    "الحكم",
    "الكأس",
    "الدوري",
    "السينما",
    "الفيلم",
]


def article(seed: int, words: int = 120) -> str:
    """An article of its own: no other seed shares a run of four words with it but by chance."""
    choice = random.Random(seed)
    return " ".join(f"{choice.choice(WORDS)}{choice.choice(WORDS)}" for _ in range(words))


def changed(text: str, seed: int, count: int) -> str:
    """`text` with `count` of its words replaced, far from each other."""
    words = text.split(" ")
    choice = random.Random(seed)
    step = max(1, len(words) // max(count, 1))
    for i in range(count):
        words[(i * step + choice.randrange(step)) % len(words)] = f"دیگر{seed}{i}"
    return " ".join(words)


def frame(bodies: Mapping[str, str], published: Mapping[str, date | datetime] | None = None) -> pl.DataFrame:
    """Documents as `sign` takes them."""
    days = published or {}
    return pl.DataFrame(
        [
            (
                name,
                body,
                days[name] if name in days and not isinstance(days[name], datetime) else None,
                days[name] if isinstance(days.get(name), datetime) else None,
            )
            for name, body in bodies.items()
        ],
        schema={
            "document_id": pl.String,
            "body": pl.String,
            "published_on": pl.Date,
            "published_at": pl.Datetime("us"),
        },
        orient="row",
    )


class Memory:
    """The stage's tables and the documents they are about."""

    def __init__(
        self, *, crowd: int | None = None, many: int = 10, thresholds: deduplication.Thresholds | None = None
    ) -> None:
        self.connection = duckdb.connect()
        deduplication.create_tables(self.connection)
        self.connection.execute("CREATE TABLE bodies (document_id VARCHAR, body VARCHAR)")
        self._options = {"many": many} if crowd is None else {"many": many, "crowd": crowd, "hubs": 1}
        self._thresholds = thresholds
        self._runs = 0

    def put(self, documents: pl.DataFrame) -> None:
        """Add documents, or change those of the same id."""
        self.connection.register("_given", documents.to_arrow())
        self.connection.execute("DELETE FROM bodies WHERE document_id IN (SELECT document_id FROM _given)")
        self.connection.execute("INSERT INTO bodies SELECT document_id, body FROM _given")
        self.connection.unregister("_given")
        deduplication.remember(self.connection, deduplication.sign(documents))

    def drop(self, names: Sequence[str]) -> None:
        """Take documents away."""
        deduplication.forget(self.connection, pl.Series(names, dtype=pl.String))
        for name in names:
            self.connection.execute("DELETE FROM bodies WHERE document_id = ?", [name])

    def run(self) -> "Memory":
        """Link and cluster; return this memory."""
        self._runs += 1
        deduplication.link(self.connection, "SELECT * FROM bodies", **self._options)
        deduplication.cluster(self.connection, f"run {self._runs}", self._thresholds)
        deduplication.count_paragraphs(self.connection, "SELECT * FROM bodies")
        return self

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def copies(self) -> dict[str, tuple[str, str, float]]:
        """Of each copy the kept document, the kind and the similarity."""
        return {
            name: (kept, kind, similarity)
            for name, kept, kind, similarity in self.rows(
                "SELECT document_id, duplicate_of, kind, round(similarity, 9) FROM deduplication.duplicates"
            )
        }

    def pairs(self) -> list[tuple[object, ...]]:
        return self.rows(
            "SELECT document_a, document_b, kind, round(similarity, 9) FROM deduplication.duplicate_pairs ORDER BY ALL"
        )

    def clusters(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, cluster in self.rows("SELECT document_id, cluster_id FROM deduplication.clusters"):
            found.setdefault(str(cluster), set()).add(str(name))
        return found


def deduplicate(bodies: Mapping[str, str], published: Mapping[str, date | datetime] | None = None) -> Memory:
    """Deduplicate documents from scratch."""
    memory = Memory()
    memory.put(frame(bodies, published))
    return memory.run()

"""Standing paragraphs: found and counted over articles, copies counted once, and left where they stand."""

from datetime import date

from tests.deduplication.memory import Memory, article, frame

STANDING = "این نشست هر سال با حضور وزیران کشورهای عضو در یکی از پایتخت‌ها برگزار می‌شود."


def counted(memory: Memory) -> list[tuple[object, ...]]:
    return memory.rows(
        "SELECT text, document_count, article_count, first_document_id, first_on, last_on "
        "FROM deduplication.repeated_paragraphs ORDER BY ALL"
    )


def test_a_standing_paragraph_is_counted_once_per_article() -> None:
    bodies = {f"d{i}": f"{article(i, 60)}\n\n{STANDING}" for i in range(3)}
    bodies["copy"] = bodies["d0"]
    bodies["typed otherwise"] = article(9, 50) + "\n" + STANDING.replace("ی", "ي").replace("\u200c", "")
    days = {"d0": date(2023, 1, 5), "d1": date(2023, 1, 2), "d2": date(2023, 1, 9)}
    memory = Memory()
    memory.put(frame(bodies, days))
    memory.run()
    assert counted(memory) == [(STANDING, 5, 4, "d1", date(2023, 1, 2), date(2023, 1, 9))]
    memory.drop(["d1", "d2"])
    memory.run()
    assert counted(memory) == []


def test_copies_alone_make_no_standing_paragraph() -> None:
    memory = Memory()
    memory.put(frame({f"d{i}": f"{article(1, 60)}\n{STANDING}" for i in range(5)}))
    memory.run()
    assert counted(memory) == []

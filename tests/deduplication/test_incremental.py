"""Incremental equals from scratch, whatever came, changed or went in whatever order."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deduplication.memory import Memory, article, changed, frame

ONE, TWO, THREE = (article(seed, 60) for seed in (101, 102, 103))
TEXTS = [
    "",
    "خبر کوتاه",
    ONE,
    changed(ONE, 1, 1),
    changed(ONE, 2, 2),
    changed(ONE, 3, 3),
    " ".join(ONE.split()[:30]),
    " ".join(ONE.split()[20:]) + " " + " ".join(TWO.split()[:10]),
    TWO,
    changed(TWO, 1, 1),
    THREE,
    ONE + "\n" + TWO,
    ONE + "\n" + TWO + "\n" + THREE,
    changed(ONE + "\n" + TWO, 4, 3),
    *(changed(THREE, seed, 1) for seed in range(5)),
]
NAMES = [f"d{i}" for i in range(14)]


def assert_every_copy_has_its_path(memory: Memory) -> None:
    """Pairs join exactly the members of clusters; a copy's similarity is its pair's with the kept one, or the path's."""
    links: dict[str, dict[str, float]] = {}
    for a, b, _, similarity in memory.pairs():
        links.setdefault(str(a), {})[str(b)] = links.setdefault(str(b), {})[str(a)] = float(str(similarity))
    copies = memory.copies()
    for members in memory.clusters().values():
        for name in members:
            widest = {name: 1.0}
            for _ in members:
                for one, width in list(widest.items()):
                    for other, similarity in links[one].items():
                        widest[other] = max(widest.get(other, 0.0), min(width, similarity))
            assert widest.keys() == members
            if name in copies:
                kept, _, similarity = copies[name]
                same_text = [name, *(other for other, similarity in links[name].items() if similarity == 1.0)]
                said = [links[one][kept] for one in same_text if kept in links[one]] or [widest[kept]]
                assert similarity in said


documents = st.tuples(
    st.sampled_from(NAMES),
    st.integers(0, len(TEXTS) - 1),
    st.sampled_from([None, *(date(2023, 1, d) for d in (1, 2, 3))]),
)
batches = st.lists(
    st.tuples(st.lists(documents, max_size=8), st.lists(st.sampled_from(NAMES), max_size=3)), min_size=1, max_size=5
)


@pytest.mark.parametrize("crowd", [2, 64])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=batches)
def test_any_history_ends_where_from_scratch_does(crowd: int, steps) -> None:
    """With a crowd of two, nearly every text is a template: the exception is held to the same rule."""
    memory = Memory(crowd=crowd, many=0)  # reads what is new alone, however much it is
    present: dict[str, tuple[str, date | None]] = {}
    for put, dropped in steps:
        batch = {name: (TEXTS[text], day) for name, text, day in put}
        memory.put(
            frame(
                {name: body for name, (body, _) in batch.items()},
                {name: day for name, (_, day) in batch.items() if day is not None},
            )
        )
        memory.drop(dropped)
        present.update(batch)
        for name in dropped:
            present.pop(name, None)
        memory.run()
    scratch = Memory(crowd=crowd)
    names = sorted(present, reverse=True)
    for half in (names[: len(names) // 2], names[len(names) // 2 :]):
        scratch.put(
            frame(
                {name: present[name][0] for name in half},
                {name: day for name in half if (day := present[name][1]) is not None},
            )
        )
    scratch.run()
    assert_every_copy_has_its_path(scratch)
    assert memory.copies() == scratch.copies()
    assert memory.pairs() == scratch.pairs()
    assert sorted(map(sorted, memory.clusters().values())) == sorted(map(sorted, scratch.clusters().values()))
    named = "JOIN deduplication.documents AS d USING (number)"
    for table in (
        "documents", f"paragraphs {named}", f"clusters AS c {named} WHERE c.document_id = d.document_id",
        "texts", "fingerprints JOIN deduplication.texts USING (number)", "common", "pairs", "repeated_paragraphs",
    ):  # fmt: skip
        # Numbers tell in what order documents and texts came, and ids of clusters live on: these alone may differ.
        some = (
            "c.* EXCLUDE (cluster_id, code, number)"
            if "clusters" in table
            else "* EXCLUDE (number)"
            if "number" in table or table in ("documents", "texts")
            else "*"
        )
        everything = f"SELECT {some} FROM deduplication.{table} ORDER BY ALL"
        assert memory.rows(everything) == scratch.rows(everything), table
    for part in (memory, scratch):
        assert part.rows("SELECT count(DISTINCT number) FROM deduplication.documents") == [(len(present),)]
        of_texts, of_fingerprints = (
            [number for (number,) in part.rows(f"SELECT number FROM deduplication.{table}")]
            for table in ("texts", "fingerprints")
        )
        assert of_texts == sorted(set(of_texts)), "numbers of texts are their own, and rise"
        assert of_fingerprints == sorted(of_fingerprints), "fingerprints stand in the order of their texts"

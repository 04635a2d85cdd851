"""What counts as a copy, of what, and who belongs together: the rules readers of `news.duplicates` rely on."""

from datetime import date, datetime

import pytest

from pipeline import deduplication
from pipeline.deduplication import Thresholds
from tests.deduplication.memory import Memory, article, changed, deduplicate, frame


def shingles(text: str, size: int = 4) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def moment(*parts: int) -> datetime:
    """A moment in UTC, as tables hold it."""
    return datetime(*parts)  # noqa: DTZ001


def jaccard(a: str, b: str) -> float:
    return len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b))


def test_exact_copies_differ_in_nothing_the_match_form_keeps() -> None:
    """Keyboard letters, half-spaces, vocalisation, digits and punctuation make no other text."""
    plain = "به گزارش خبرنگار ما در سال ۱۴۰۱ قیمت‌ها در بازار کالاهای اساسی کشور یک‌بار دیگر افزایش یافت"
    typed = "به گزارش خبرنگار ما، در سال 1401 قيمت‌ها در بازار كالاهاي اساسي كشور يک‌بار دیگر افزایش یافت."
    assert deduplicate({"a": plain, "b": typed}).copies() == {"b": ("a", "exact", 1.0)}


def test_short_texts_are_copies_only_when_identical() -> None:
    """A price list of nineteen words with one other number is other news."""
    words = article(1, 19)
    memory = deduplicate({"a": words, "b": words, "c": changed(words, 1, 1), "d": words + " " + article(2, 40)})
    assert memory.copies() == {"b": ("a", "exact", 1.0)}


def test_twenty_words_are_enough_to_be_near() -> None:
    text = article(1, 20)
    other = text.rsplit(" ", 1)[0] + " پایان"
    assert deduplicate({"a": text, "b": other}).copies() == {"b": ("a", "near", round(jaccard(text, other), 9))}


def test_empty_bodies_never_pair() -> None:
    assert deduplicate({"a": "", "b": "", "c": " \n", "d": "!؟", "e": "؟"}).copies() == {}


@pytest.mark.parametrize(("count", "is_near"), [(1, True), (4, True), (7, True), (16, False)])
def test_near_is_told_by_exact_jaccard(count: int, is_near: bool) -> None:
    text = article(3, 200)
    other = changed(text, 5, count)
    assert (jaccard(text, other) >= 0.7) == is_near
    copies = deduplicate({"a": text, "b": other}).copies()
    if is_near:
        assert copies == {"b": ("a", "near", round(jaccard(text, other), 9))}
    else:
        assert "b" not in copies or copies["b"][1] == "near"  # letters may still say so; words do not


def test_other_spacing_is_near_in_letters() -> None:
    """A newsroom whose system turns every half-space into a space, or drops it, still prints the same text."""
    half = "می‌خواهیم کتاب‌های تازه‌ای به کتابخانه‌های روستاهای دورافتاده‌ی کشور بفرستیم و نمی‌گذاریم "
    text = " ".join(f"{half} {word}" for word in article(4, 12).split())
    spaced = text.replace("\u200c", " ")
    (kept, kind, similarity) = deduplicate({"a": text, "b": spaced}).copies()["b"]
    assert (kept, kind, similarity) == ("a", "near", 1.0)
    assert jaccard(text.replace("\u200c", ""), spaced) < 0.3


def test_an_excerpt_is_contained() -> None:
    text = article(5, 300)
    head = " ".join(text.split()[:60])
    assert deduplicate({"a": text, "b": head}).copies() == {"b": ("a", "contained", 1.0)}


def test_a_wire_text_with_a_local_head_and_tail_is_contained() -> None:
    wire = article(6, 80)
    printed = article(7, 40) + "\n" + wire + "\n" + article(8, 50)
    days = {"wire": date(2023, 5, 1), "printed": date(2023, 5, 2)}
    assert deduplicate({"printed": printed, "wire": wire}, days).copies() == {"printed": ("wire", "contained", 1.0)}


def test_a_round_up_joins_nothing_it_holds() -> None:
    """The week's digest holds two unrelated texts: they stay apart, and their own copies are found."""
    one, two = article(9, 90), article(10, 100)
    memory = deduplicate(
        {
            "digest": one + "\n" + two,
            "one": one,
            "one again": changed(one, 1, 2),
            "two": two,
            "two again": changed(two, 2, 2),
        }
    )
    assert {frozenset(names) for names in memory.clusters().values()} == {
        frozenset({"one", "one again"}),
        frozenset({"two", "two again"}),
    }


def test_a_digest_of_digests_joins_nothing_either() -> None:
    one, two, three = (article(seed, 90) for seed in (11, 12, 13))
    bodies = {"day": one + "\n" + two, "week": one + "\n" + two + "\n" + three, "1": one, "2": two, "3": three}
    clusters = deduplicate(bodies).clusters().values()
    assert not any(len({"1", "2", "3"} & names) > 1 for names in clusters)


def test_a_brief_beside_a_long_article_does_not_make_it_a_round_up() -> None:
    """The article is found in the page that prints a brief below it; the brief and its copy stay by themselves."""
    wire, brief = article(51, 300), article(52, 30)  # of the page, more than a third is its own
    memory = deduplicate(
        {"wire": wire, "page": article(53, 200) + "\n" + wire + "\n" + brief, "brief": brief, "again": brief + " امروز"}
    )
    assert {frozenset(names) for names in memory.clusters().values()} == {
        frozenset({"wire", "page"}),
        frozenset({"brief", "again"}),
    }


def test_a_long_and_a_middling_article_still_make_a_round_up() -> None:
    one, two = article(54, 300), article(55, 160)
    memory = deduplicate({"digest": one + "\n" + two, "one": one, "two": two})
    assert memory.copies() == {}


def test_a_short_text_does_not_join_unrelated_longer_ones_through_itself() -> None:
    """A standing paragraph printed as an article of its own links, but nobody compared what it links."""
    standing = article(14, 30)
    first, second = article(15, 200) + " " + standing, article(16, 200) + " " + standing
    days = {"first": date(2023, 1, 1), "second": date(2023, 1, 2), "standing": date(2023, 1, 3)}
    memory = deduplicate({"first": first, "second": second, "standing": standing}, days)
    assert memory.copies() == {"standing": ("first", "contained", 1.0)}


def test_no_chain_carries_a_text_to_one_it_has_little_in_common_with() -> None:
    """Each edition is near the one before; the last has nothing of the first."""
    words = article(17, 400).split()
    editions = {f"{i:02d}": " ".join(words[12 * i : 12 * i + 120]) for i in range(20)}
    memory = deduplicate(editions, {name: date(2023, 1, 1 + i) for i, name in enumerate(editions)})
    for name, (kept, _, _) in memory.copies().items():
        shared = shingles(editions[name]) & shingles(editions[kept])
        assert len(shared) >= 0.45 * len(shingles(editions[name]))  # half in letters, a little less in words


def test_a_member_is_paired_with_the_kept_document_or_has_its_path_in_the_pairs() -> None:
    words = article(18, 200).split()
    editions = {name: " ".join(words[12 * i : 12 * i + 120]) for i, name in enumerate("abc")}
    memory = deduplicate(editions, {name: date(2023, 1, 1 + i) for i, name in enumerate("abc")})
    pairs = {(a, b): similarity for a, b, _, similarity in memory.pairs()}
    assert ("a", "c") not in pairs  # 96 of 144 shingles: the path by b has to carry it
    assert memory.copies()["c"] == ("a", "near", min(pairs["a", "b"], pairs["b", "c"]))


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        ({"a": date(2023, 1, 2), "b": date(2023, 1, 1), "c": date(2023, 1, 3)}, "b"),
        ({"b": moment(2023, 1, 1, 9), "c": moment(2023, 1, 1, 8, 30)}, "c"),
        ({"a": moment(2023, 1, 1, 9), "c": date(2023, 1, 1)}, "c"),
        ({}, "b"),
    ],
)
def test_the_earliest_then_the_most_complete_is_kept(published: dict[str, date | datetime], kept: str) -> None:
    text = article(19, 100)
    bodies = {"a": text, "b": text + " و در پایان جلسه", "c": text}
    assert {row[0] for row in deduplicate(bodies, published).copies().values()} == {kept}


def test_exact_copies_of_one_day_are_kept_by_id() -> None:
    text = article(20)
    assert {row[0] for row in deduplicate({"z": text, "m": text, "k": text}).copies().values()} == {"k"}


def test_thresholds_change_clusters_without_comparing_again() -> None:
    text = article(21, 200)
    memory = deduplicate({"a": text, "b": changed(text, 3, 7)})
    assert memory.copies()
    memory.connection.execute("DROP TABLE bodies")  # nothing is read again
    strict = Thresholds(near_words=0.95, near_letters=0.99, contained_words=1.0, contained_letters=1.0)
    deduplication.cluster(memory.connection, "strict", strict)
    assert memory.copies() == {}
    deduplication.cluster(memory.connection, "default")
    assert memory.copies()


def test_thresholds_that_stored_pairs_cannot_answer_are_refused() -> None:
    with pytest.raises(ValueError, match=r"near_words is 0\.3.*0\.5"):
        Thresholds(near_words=0.3)


def test_a_cluster_keeps_its_id_while_its_members_live_and_merges_are_recorded() -> None:
    words = article(22, 400).split()
    left, right = " ".join(words[:100]), " ".join(words[60:160])
    memory = Memory()
    memory.put(frame({"l1": left, "l2": left, "l3": left, "r1": right, "r2": right}))
    memory.run()
    ids = {frozenset(names): name for name, names in memory.clusters().items()}
    left_id, right_id = ids[frozenset({"l1", "l2", "l3"})], ids[frozenset({"r1", "r2"})]
    memory.drop(["l1"])  # the kept one goes, the cluster stays
    memory.run()
    assert memory.clusters()[left_id] == {"l2", "l3"}
    memory.put(frame({"l1": left}))
    memory.run()
    memory.put(frame({"r1": left, "r2": left}))
    memory.run()
    assert memory.clusters() == {left_id: {"l1", "l2", "l3", "r1", "r2"}}
    assert memory.rows("SELECT cluster_id, merged_into, run_id FROM deduplication.merges") == [
        (right_id, left_id, "run 4")
    ]


def test_a_run_without_change_writes_nothing() -> None:
    text = article(23)
    memory = deduplicate({"a": text, "b": text, "c": changed(text, 1, 3)})
    before = memory.rows("SELECT rowid, * FROM deduplication.duplicate_pairs ORDER BY ALL")
    memory.run()
    assert memory.rows("SELECT rowid, * FROM deduplication.duplicate_pairs ORDER BY ALL") == before
    assert {row[-1] for row in before} == {"run 1"}

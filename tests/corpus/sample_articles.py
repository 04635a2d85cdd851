"""Compares what Khabar published of the sample articles with what a careful reader expects of them.

The expectations stand in `articles.yaml`, whose head says what each key means. Every comparison returns
how much it looked at and a line for each difference, so that a failing test shows them all at once.

    python -m tests.corpus.sample_articles data/khabar.duckdb     # of a database made of the samples

Belongs here: reading the expectations and the comparisons. Does not belong here: how good is good
enough (`tests/test_sample_articles.py`).
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import yaml

from pipeline.text.characters import TO_ASCII_DIGITS

EXPECTATIONS = Path(__file__).with_name("articles.yaml")
ARTICLE_KINDS = ("title", "lead", "heading", "paragraph", "caption")

Rows = Callable[[str], list[tuple[Any, ...]]]
"""Asks the published database one query."""


class Place(NamedTuple):
    """Where an article came from."""

    path: str
    record: int

    def __str__(self) -> str:
        return f"{self.path}[{self.record}]"


@dataclass
class Comparison:
    """How much was looked at, and what differs."""

    expected: int = 0
    differences: list[str] = field(default_factory=list)

    def look(self, right: bool, difference: str) -> None:
        """Count one expectation, and keep `difference` where it is not met."""
        self.expected += 1
        if not right:
            self.differences.append(difference)

    @property
    def right(self) -> float:
        """The share of expectations met, counting each surplus finding as one not met."""
        return 1 - len(self.differences) / max(self.expected, 1)

    def __str__(self) -> str:
        return f"{len(self.differences)} of {self.expected}:\n" + "\n".join(self.differences)


def load() -> tuple[dict[Place, dict[str, Any]], set[tuple[str, int | None]]]:
    """Return what is expected by article, and the files (record None) and records to be rejected."""
    entries = yaml.safe_load(EXPECTATIONS.read_text("utf-8"))
    articles = {Place(e["path"], e["record"]): e for e in entries if not e.get("rejected")}
    return articles, {(e["path"], e.get("record")) for e in entries if e.get("rejected")}


class Published:
    """The published rows of the sample articles, by place."""

    def __init__(self, rows: Rows) -> None:
        columns = "document_id, path, record, text, title, lead, body, normalized_title, normalized_body, language, is_mixed, published_on, author, agency, source, url, external_id, duplicate_of, duplicate_cluster_id, story_id"
        self.documents = {
            Place(row["path"], row["record"]): row for row in _dicts(rows, columns, "news.documents", "path, record")
        }
        self.place = {row["document_id"]: place for place, row in self.documents.items()}
        self.segments = self._by_place(
            rows, "position, kind, start_char, end_char, text, language", "news.segments", "position"
        )
        self.mentions = self._by_place(
            rows, "surface, label, entity_id, start_char, end_char", "news.mentions", "start_char"
        )
        self.dates = self._by_place(
            rows, "surface, start_char, end_char, start_on, end_on, position", "news.dates", "start_char, end_char"
        )
        self.quantities = self._by_place(
            rows, "surface, start_char, end_char, value, unit, position", "news.quantities", "start_char, value"
        )
        self.copies = {
            self.place[row["document_id"]]: (self.place[row["duplicate_of"]], row["kind"])
            for row in _dicts(rows, "document_id, duplicate_of, kind", "news.duplicates", "document_id")
        }
        self.rejects = {
            (row["path"], row["record"])
            for row in _dicts(rows, "path, record, reason", "news.rejects", "path")
            if row["reason"]
        }

    def _by_place(self, rows: Rows, columns: str, table: str, order: str) -> dict[Place, list[dict[str, Any]]]:
        found: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        for row in _dicts(rows, f"document_id, {columns}", table, f"document_id, {order}"):
            found[self.place[row["document_id"]]].append(row)
        return found


def _dicts(rows: Rows, columns: str, table: str, order: str) -> list[dict[str, Any]]:
    names = columns.split(", ")
    return [dict(zip(names, row, strict=True)) for row in rows(f"SELECT {columns} FROM {table} ORDER BY {order}")]


def compare(rows: Rows) -> dict[str, Comparison]:
    """Return the comparisons by topic."""
    articles, rejected = load()
    published = Published(rows)
    topics: dict[str, Comparison] = defaultdict(Comparison)
    for entry in sorted(rejected, key=str):
        topics["rejects"].look(entry in published.rejects, f"not rejected: {entry}")
    for surplus in sorted(published.rejects - rejected, key=str):
        topics["rejects"].look(False, f"rejected: {surplus}")
    for place in sorted(articles.keys() ^ published.documents.keys()):
        topics["articles"].look(False, f"{'missing' if place in articles else 'surplus'}: {place}")
    for place in sorted(articles.keys() & published.documents.keys()):
        topics["articles"].look(True, "")
        expected, document = articles[place], published.documents[place]
        _fields(topics, place, expected, document)
        _lines(topics, place, expected, published.segments[place])
        _copies(topics, place, expected, published)
        _mentions(topics, place, expected, published.mentions[place])
        _expressions(
            topics["dates"],
            place,
            expected.get("dates"),
            expected.get("dates_open", []),
            document["text"],
            _of_article(published, place, published.dates),
            _days,
        )
        _expressions(
            topics["quantities"],
            place,
            expected.get("quantities"),
            expected.get("quantities_open", []),
            document["text"],
            _of_article(published, place, published.quantities),
            _amount,
        )
        _words(topics["words"], place, expected, document)
    _stories(topics["stories"], articles, published)
    return dict(topics)


def _fields(topics: dict[str, Comparison], place: Place, expected: dict[str, Any], document: dict[str, Any]) -> None:
    topics["languages"].look(
        (document["language"], document["is_mixed"]) == (expected["language"], expected.get("is_mixed", False)),
        f"{place}: {document['language']}, mixed {document['is_mixed']}",
    )
    for key in ("title", "lead", "published_on", "author", "agency", "source", "url", "external_id"):
        if key in expected or key == "lead":
            want, got = expected.get(key), document[key]
            if key == "external_id" and got is not None:
                got = got.translate(TO_ASCII_DIGITS)
            topics[key].look(got == want, f"{place}: {got!r}, not {want!r}")
    lines = document["body"].split("\n")
    starts, ends = " ".join(lines[0].split(" ")[:5]), " ".join(lines[-1].split(" ")[-5:])
    topics["body"].look(
        (starts, ends, len(lines)) == (expected["body_starts"], expected["body_ends"], expected["body_lines"]),
        f"{place}: {len(lines)} lines, {starts!r} ... {ends!r}, not {expected['body_lines']}, {expected['body_starts']!r} ... {expected['body_ends']!r}",
    )
    for text in expected.get("not_in_body", []):
        inside = any(text in (document[part] or "") for part in ("title", "lead", "body"))
        topics["body"].look(not inside, f"{place}: holds {text!r}")


def _lines(
    topics: dict[str, Comparison], place: Place, expected: dict[str, Any], segments: list[dict[str, Any]]
) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for segment in segments:
        kinds[segment["text"].strip()].add(segment["kind"])
    for key in (
        "boilerplate",
        "metadata",
        "byline",
        "caption",
        "heading",
        "boilerplate_or_metadata",
        "byline_or_metadata",
    ):
        for line in expected.get(key, []):
            right = bool(kinds[line]) and kinds[line] <= set(key.split("_or_"))
            topics["lines"].look(right, f"{place}: {line!r} is {sorted(kinds[line]) or 'no segment'}, not {key}")
    if expected.get("title_repeated"):
        copies = [s["kind"] for s in segments if s["text"].strip() == expected["title"]]
        topics["lines"].look(sorted(copies) == ["boilerplate", "title"], f"{place}: copies of the title are {copies}")
    for part in expected.get("segment_languages", []):
        found = [s["language"] for s in segments if s["text"].startswith(part["starts"])]
        topics["languages"].look(
            found == [part["language"]], f"{place}: {part['starts']!r} is {found}, not {part['language']}"
        )


def _copies(topics: dict[str, Comparison], place: Place, expected: dict[str, Any], published: Published) -> None:
    want = expected["duplicate_of"]
    if want != "open":
        copy = (Place(want["path"], want["record"]), want["kind"]) if want else None
        got = published.copies.get(place)
        topics["copies"].look(got == copy, f"{place}: copy of {got}, not {copy}")
    clusters = [
        published.documents[Place(path, 0)]["duplicate_cluster_id"] for path in expected.get("clusters_apart", [])
    ]
    joined = [c for c in clusters if c is not None and clusters.count(c) > 1]
    topics["copies"].look(not joined, f"{place}: joins the clusters of what it holds")


def _mentions(
    topics: dict[str, Comparison], place: Place, expected: dict[str, Any], mentions: list[dict[str, Any]]
) -> None:
    by_surface: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for mention in mentions:
        by_surface[mention["surface"]].append(mention)
    for entity in expected.get("entities", []):
        ids = entity["wikidata_id"] if isinstance(entity["wikidata_id"], list) else [entity["wikidata_id"]]
        for surface in entity["surfaces"]:
            surfaces = surface if isinstance(surface, list) else [surface]
            found = [m for s in surfaces for m in by_surface[s]]
            topics["mentions"].look(
                any(m["label"] == entity["label"] for m in found),
                f"{place}: {surfaces} as {entity['label']}, found {[m['label'] for m in found]}",
            )
            if found and ids != [None]:
                wrong = [m["entity_id"] for m in found if m["entity_id"] not in ids]
                topics["links"].look(not wrong, f"{place}: {surfaces} links to {wrong}, not {ids}")
    for surface in expected.get("no_mention_is", []):
        topics["proclitics"].look(not by_surface[surface], f"{place}: {surface!r} is a mention")


def _of_article(published: Published, place: Place, rows: dict[Place, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    positions = {s["position"] for s in published.segments[place] if s["kind"] in ARTICLE_KINDS}
    return [row for row in rows[place] if row["position"] in positions]


def _days(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["start_on"], row["end_on"]


def _amount(row: dict[str, Any]) -> tuple[Any, ...]:
    return round(float(row["value"]), 6), row["unit"]


def _expressions(
    comparison: Comparison, place: Place, expected: list[dict[str, Any]] | None, open_surfaces: list[str], text: str,
    rows: list[dict[str, Any]], value: Callable[[dict[str, Any]], tuple[Any, ...]],
) -> None:  # fmt: skip
    if expected is None:
        return
    left = list(rows)
    # What stands longer in the text is looked for first: «شنبه» also stands in «یکشنبه».
    for want in sorted(expected, key=lambda e: -len(e["surface"])):
        spans = list(_spans(text, want["surface"]))
        overlapping = [
            row for row in left if any(row["start_char"] < end and start < row["end_char"] for start, end in spans)
        ]
        met = next((row for row in overlapping if value(row) == value(want)), None)
        if met is not None:
            left.remove(met)
        comparison.look(
            met is not None,
            f"{place}: {want['surface']!r} is {[(row['surface'], *map(str, value(row))) for row in overlapping]}, not {[*map(str, value(want))]}",
        )
    free = [span for surface in open_surfaces for span in _spans(text, surface)]
    for row in left:
        if not any(row["start_char"] < end and start < row["end_char"] for start, end in free):
            comparison.look(False, f"{place}: surplus {row['surface']!r} {[*map(str, value(row))]}")


def _spans(text: str, surface: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(re.escape(surface), text))


def _words(comparison: Comparison, place: Place, expected: dict[str, Any], document: dict[str, Any]) -> None:
    normalized = f"{document['normalized_title']}\n{document['normalized_body']}"
    for word in expected.get("normalized_words", []):
        comparison.look(word["normalized"] in normalized, f"{place}: {word['raw']!r} is not {word['normalized']!r}")
    for word in expected.get("whole_words", []):
        comparison.look(word in normalized, f"{place}: {word!r} was taken apart")


def _stories(comparison: Comparison, articles: dict[Place, dict[str, Any]], published: Published) -> None:
    stories: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, set[str]] = defaultdict(set)
    for place, expected in articles.items():
        if "story" in expected and place in published.documents:
            story = published.documents[place]["story_id"]
            stories[expected["story"]].add(story)
            labels[story].add(expected["story"])
    for label, found in sorted(stories.items()):
        comparison.look(len(found) == 1, f"{label!r} is {len(found)} stories")
    for joined in labels.values():
        if len(joined) > 1:
            comparison.look(False, f"one story: {sorted(joined)}")


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        for name, comparison in sorted(compare(lambda query: connection.execute(query).fetchall()).items()):
            print(f"{name}: {comparison.right:.3f} right; wrong {comparison}")

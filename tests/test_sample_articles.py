"""The sample articles: that they are what their sources give, and that Khabar makes of them what it should."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from pipeline.seeds import seed
from tests.conftest import Chain
from tests.corpus.sample_articles import EXPECTATIONS, Comparison, compare


def strings(value: object) -> Iterator[str]:
    """Yield every string in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def readable(path: str) -> str | None:
    """Return the text of a sample that is plain text once its bytes are undone; None for other formats."""
    source = seed("encoded").joinpath(path.removesuffix(".gz").replace(".zip!", "/"))
    file = source if source.is_file() else seed("articles").joinpath(path)
    if file.suffix != ".txt" or not file.is_file():
        return None
    return file.read_text("utf-8").replace("\r\n", "\n")


def test_encoded_samples_are_what_their_sources_give() -> None:
    done = subprocess.run([sys.executable, seed("make_encoded_articles.py"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_sample_has_its_expectations_and_its_line_in_the_readme() -> None:
    entries = yaml.safe_load(EXPECTATIONS.read_text("utf-8"))
    folder = seed("articles")
    files = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file() and file.suffix != ".toml"
    }
    assert {entry["path"].split("!")[0] for entry in entries} == files
    readme = seed("README.md").read_text("utf-8")
    assert not [entry["path"] for entry in entries if f"`{entry['path']}`" not in readme]


def test_what_is_expected_stands_in_the_sample() -> None:
    """Guards against an expectation that outlives an edit of its article and then can only fail."""
    absent = []
    for entry in yaml.safe_load(EXPECTATIONS.read_text("utf-8")):
        if entry.get("rejected") or entry.get("bytes") == "presentation-forms":
            continue
        text = readable(entry["path"])
        if text is None:
            continue
        lines = text.split("\n")
        parts = [
            "title",
            "lead",
            "body_starts",
            "body_ends",
            "dates_open",
            "quantities_open",
            "whole_words",
            "no_mention_is",
        ]
        wanted = [s for part in parts for s in strings(entry.get(part))]
        wanted += [e["surface"] for part in ("dates", "quantities") for e in entry.get(part, [])]
        wanted += [e["raw"] for e in entry.get("normalized_words", [])]
        absent += [(entry["path"], s) for s in wanted if s not in text]
        for entity in entry.get("entities", []):
            for surface in entity["surfaces"]:
                if not any(s in text for s in strings(surface)):
                    absent.append((entry["path"], surface))
        whole = [
            "boilerplate",
            "metadata",
            "byline",
            "caption",
            "heading",
            "boilerplate_or_metadata",
            "byline_or_metadata",
        ]
        absent += [(entry["path"], s) for part in whole for s in entry.get(part, []) if s not in lines]
    assert not absent


@pytest.fixture(scope="module")
def compared(samples: Chain) -> dict[str, Comparison]:
    return compare(samples.rows)


EXACT = (
    "rejects", "articles", "languages", "title", "lead", "body", "lines", "source", "agency", "author", "url",
    "external_id", "published_on", "copies", "proclitics",
)  # fmt: skip
"""Topics in which nothing may differ."""

FLOORS = {
    "dates": 0.99,
    "links": 0.98,
    "mentions": 0.98,
    "quantities": 0.99,
    # Two follow-ups of a later day stand apart from the first report: 0.956 measured.
    "stories": 0.95,
    "words": 0.94,
}
"""The share of expectations met that a topic may not fall under: what was measured, to be raised as it grows.

`python -m tests.corpus.sample_articles data/khabar.duckdb` shows every difference.
"""


@pytest.mark.parametrize("topic", EXACT)
def test_samples_come_out_as_a_careful_reader_expects(compared: dict[str, Comparison], topic: str) -> None:
    assert not compared[topic].differences, str(compared[topic])


@pytest.mark.parametrize("topic", FLOORS)
def test_samples_come_out_no_worse_than_measured(compared: dict[str, Comparison], topic: str) -> None:
    assert compared[topic].right >= FLOORS[topic], str(compared[topic])


def test_every_comparison_is_held_to_something(compared: dict[str, Comparison]) -> None:
    assert set(compared) == set(EXACT) | FLOORS.keys()

"""Segment kinds against the marked lines: matched by their text, in order."""

from collections import Counter
from pathlib import Path

import polars as pl

from pipeline import parsing
from tests.parsing.corpus import Marked, marked


def read_one(folder: Path, name: str, content: str | bytes) -> parsing.Parsed:
    """Write `content` as a file and read it: one batch."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    batches = list(parsing.read(path, name))
    return parsing.Parsed(*(pl.concat(frames) for frames in zip(*batches, strict=True)))


def errors(folder: Path, entry: Marked) -> list[tuple[str, str, str]]:
    """Return the lines whose kind is not the marked one: text, wanted, given."""
    parsed = read_one(folder, entry.name + (".html" if entry.is_page else ".txt"), entry.content)
    given = list(parsed.segments.select("text", "kind").iter_rows())
    wanted = [(text, kind) for kind, text in entry.lines]
    if entry.is_page:
        # What is not listed is boilerplate; a text that stands twice is matched in order.
        listed = iter(wanted)
        following = next(listed, None)
        complete = []
        for text, kind in given:
            if (
                following is not None
                and text == following[0]
                and not (kind == "boilerplate" and following in given_later(given, text))
            ):
                complete.append(following)
                following = next(listed, None)
            else:
                complete.append((text, "boilerplate"))
        wanted = complete + ([following, *listed] if following is not None else [])
        given += [("", "missing")] * (len(wanted) - len(given))
    if len(given) != len(wanted):
        raise AssertionError(f"{entry.name}: {len(given)} lines where {len(wanted)} are marked")
    return [(want[0], want[1], give[1]) for want, give in zip(wanted, given, strict=True)]


def given_later(given: list[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """Return the segments of that text that are no boilerplate."""
    return [pair for pair in given if pair[0] == text and pair[1] != "boilerplate"]


def measure(folder: Path, half: str) -> tuple[dict[str, dict[str, float]], list[tuple[str, str, str, str]]]:
    """Return precision, recall, F1 and count per kind over one half, and every wrong line."""
    hits, wanted, given = Counter(), Counter(), Counter()
    wrong = []
    for entry in marked(half):
        for text, want, give in errors(folder, entry):
            wanted[want] += 1
            given[give] += 1
            if want == give:
                hits[want] += 1
            else:
                wrong.append((entry.name, want, give, text))
    scores = {}
    for kind in sorted(wanted):
        precision = hits[kind] / given[kind] if given[kind] else 0.0
        recall = hits[kind] / wanted[kind]
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        scores[kind] = {"precision": precision, "recall": recall, "f1": f1, "count": wanted[kind]}
    return scores, wrong

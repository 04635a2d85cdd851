"""The hand-marked pages and texts: kinds of lines, pinned."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.parsing.corpus import CORPUS, PARTS, marked
from tests.parsing.scores import measure

PINS = json.loads(Path(__file__).with_name("gate.json").read_text("utf-8"))["corpus"]


@pytest.mark.gate
@pytest.mark.parametrize("half", PARTS)
def test_kinds_stay_as_good_as_measured(tmp_path, half):
    pins = PINS[half]
    assert sha256((CORPUS / f"{half}.txt").read_bytes()).hexdigest() == pins["sha256"], (
        "the marked lines have changed: measure anew"
    )
    scores, wrong = measure(tmp_path, half)
    for kind, pinned in pins["f1"].items():
        assert scores[kind]["f1"] >= pinned - pins["tolerance"], (kind, scores[kind], wrong)
    assert scores["boilerplate"]["f1"] >= 0.97
    assert [
        line for line in wrong if line[1] == "paragraph" and line[2] in ("boilerplate", "metadata", "missing")
    ] == [], "a paragraph is lost"


def test_the_set_is_large_enough_and_of_both_languages():
    entries = [entry for part in PARTS for entry in marked(part)]
    assert len(entries) >= 135
    assert len({entry.name for entry in entries}) == len(entries)
    for language in ("fa", "ar"):
        assert sum(entry.language == language for entry in entries) >= 60
        assert sum(entry.language == language and entry.is_page for entry in entries) >= 15

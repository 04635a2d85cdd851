"""Quality of tagging and linking on the development data, pinned: it cannot slide unseen.

`python -m tests.entities.test_gate` writes the pins of `gate.json` anew, for a change that means to move them.
"""

import json
from pathlib import Path

import pytest

from tests.development_data import development_data
from tests.entities import measures

PINS = Path(__file__).with_name("gate.json")
GOLD = {
    "linking_gold.tsv": lambda: measures.GOLD,
    "everypolitician.csv": lambda: development_data("gazetteers", "everypolitician.csv"),
    "peyma-dev.txt": lambda: development_data("ner", "fa", "peyma-dev.txt"),
}
TOLERANCE = 0.01


def figures() -> dict[str, float]:
    """Measure everything that is pinned."""
    measured = {}
    for language in ("fa", "ar"):
        linked = measures.linking(language)
        measured[f"link precision {language}"] = linked["precision"]
        measured[f"link recall {language}"] = linked["recall"]
    names = measures.meetings()
    measured["names that meet"] = names["meet"]
    measured["names that meet no other"] = 1 - names["false"]
    measured["span F1 fa (PEYMA dev)"] = measures.persian_spans()["f1"]
    return measured


@pytest.mark.gate
def test_quality_has_not_fallen() -> None:
    development_data("news")
    pins = json.loads(PINS.read_text("utf-8"))
    for name, path in GOLD.items():
        assert measures.sha256(Path(path())) == pins["gold"][name], f"{name} is other gold data"
    measured = figures()
    fallen = {n: (measured[n], pin) for n, pin in pins["figures"].items() if measured[n] < pin - TOLERANCE}
    assert not fallen


@pytest.mark.gate
def test_linking_is_as_good_as_promised() -> None:
    development_data("news")
    for language in ("fa", "ar"):
        linked = measures.linking(language)
        assert linked["mentions"] >= 150
        assert linked["precision"] >= 0.97
        assert linked["recall"] >= 0.90
    names = measures.meetings()
    assert names["meet"] >= 0.85
    assert names["false"] <= 0.02


def pin() -> None:
    """Write `gate.json` from what is measured now."""
    pins = {
        "gold": {name: measures.sha256(Path(path())) for name, path in GOLD.items()},
        "figures": {name: round(figure, 4) for name, figure in figures().items()},
    }
    PINS.write_text(json.dumps(pins, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    pin()

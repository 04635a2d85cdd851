"""Quality of tagging and linking on the development data, pinned: it cannot slide unseen.

`python -m tests.entities.test_gate` writes the pins of `gate.json` anew, for a change that means to move them.
"""

import itertools
import json
from pathlib import Path

import pytest

from tests.development_data import development_data
from tests.entities import measures

PINS = Path(__file__).with_name("gate.json")
GOLD = {
    "linking_gold.tsv": lambda: measures.GOLD,
    "linking_gold_later.tsv": lambda: measures.LATER,
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
        linked = measures.linking(language, measures.LATER)
        measured[f"link precision {language}, later articles"] = linked["precision"]
        measured[f"link recall {language}, later articles"] = linked["recall"]
    names = measures.meetings()
    measured["names that meet"] = names["meet"]
    measured["names that meet no other"] = 1 - names["false"]
    measured["span F1 fa (PEYMA dev)"] = measures.persian_spans()["f1"]
    return measured


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    """Return the figures, measured once for both tests."""
    development_data("news")
    return figures()


@pytest.mark.gate
def test_quality_has_not_fallen(measured: dict[str, float]) -> None:
    pins = json.loads(PINS.read_text("utf-8"))
    for name, path in GOLD.items():
        assert measures.sha256(Path(path())) == pins["gold"][name], f"{name} is other gold data"
    fallen = {n: (measured[n], pin) for n, pin in pins["figures"].items() if measured[n] < pin - TOLERANCE}
    assert not fallen


@pytest.mark.gate
def test_linking_is_as_good_as_promised(measured: dict[str, float]) -> None:
    for language, later in itertools.product(("fa", "ar"), ("", ", later articles")):
        rows = measures.gold_rows(measures.LATER if later else measures.GOLD)
        assert sum(row["language"] == language for row in rows) >= 150
        assert measured[f"link precision {language}{later}"] >= 0.97
        assert measured[f"link recall {language}{later}"] >= 0.90
    assert measured["names that meet"] >= 0.85
    assert measured["names that meet no other"] >= 0.98


def pin() -> None:
    """Write `gate.json` from what is measured now."""
    pins = {
        "gold": {name: measures.sha256(Path(path())) for name, path in GOLD.items()},
        "figures": {name: round(figure, 4) for name, figure in figures().items()},
    }
    PINS.write_text(json.dumps(pins, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    pin()

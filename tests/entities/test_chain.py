"""The whole chain on marked text as files: files in, `news.mentions` out, pinned.

`python -m tests.entities.test_chain` writes the pins of `gate-chain.json` anew; `python -m benchmarks.entities chain`
prints them with AQMAR, which the tagger was trained on.
"""

import json
import tempfile
from pathlib import Path

import pytest

from tests.development_data import development_data
from tests.entities import chain
from tests.entities.tagger.scoring import data
from tests.entities.tagger.test_gate import gold_hash

PINS = Path(__file__).with_name("gate-chain.json")
SETS = {"peyma": "fa", "glued": "fa", "parstwiner": "fa", "anercorp": "ar", "wojood": "ar"}
"""Each set and its language."""
PROMISED = {"peyma": 84.0, "anercorp": 78.0}
TOLERANCE = 0.5
PER_FILE = 10


def figures() -> dict[str, dict[str, float]]:
    """Measure all sets in two runs: PEYMA with its half-spaces lost beside PEYMA would be its copy."""
    measured: dict[str, dict[str, float]] = {}
    for names in (SETS.keys() - {"glued"}, {"glued"}):
        sets = {name: data(SETS[name])[1][name] for name in sorted(names)}
        with tempfile.TemporaryDirectory() as folder:
            measured |= chain.figures(sets, Path(folder) / "work", PER_FILE)
    return measured


@pytest.mark.gate
@pytest.mark.slow
def test_names_of_files_are_found_by_the_whole_chain() -> None:
    """Guards against names lost between file and table: lines taken for boilerplate, offsets, joined words."""
    development_data("ner")
    pins = json.loads(PINS.read_text("utf-8"))
    for name, language in SETS.items():
        assert gold_hash(language, name) == pins[name]["gold_sha256"], "the gold data is not what was measured on"
    measured = figures()
    for name, pin in pins.items():
        assert measured[name]["f1"] >= max(PROMISED.get(name, 0), pin["f1"] - TOLERANCE), (name, measured[name])
    assert measured["glued"]["f1"] >= measured["peyma"]["f1"] - 1


if __name__ == "__main__":
    pinned = {name: told | {"gold_sha256": gold_hash(SETS[name], name)} for name, told in sorted(figures().items())}
    PINS.write_text(json.dumps(pinned, indent=1) + "\n", "utf-8")

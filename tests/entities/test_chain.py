"""The whole chain on marked text as files: files in, `news.mentions` out, pinned.

`python -m tests.entities.test_chain` writes the pins of `gate-chain.json` anew; `python -m benchmarks.entities`
measures the sets that are reported only.
"""

import json
import tempfile
from pathlib import Path

import pytest

from tests.development_data import development_data
from tests.entities import chain
from tests.entities.tagger.scoring import MAIN, data
from tests.entities.tagger.test_gate import gold_hash

PINS = Path(__file__).with_name("gate-chain.json")
PROMISED = {"fa": 84.0, "ar": 78.0}
TOLERANCE = 0.5
PER_FILE = 10


def figures() -> dict[str, dict[str, float]]:
    """Measure both main sets in one run."""
    sets = {name: data(language)[1][name] for language, name in MAIN.items()}
    with tempfile.TemporaryDirectory() as folder:
        measured = chain.figures(sets, Path(folder) / "work", PER_FILE)
    return {language: measured[name] for language, name in MAIN.items()}


@pytest.mark.gate
@pytest.mark.slow
def test_names_of_files_are_found_by_the_whole_chain() -> None:
    """Guards against names lost between file and table: lines taken for boilerplate, offsets, joined words."""
    development_data("ner")
    pins = json.loads(PINS.read_text("utf-8"))
    for language, name in MAIN.items():
        assert gold_hash(language, name) == pins[language]["gold_sha256"], "the gold data is not what was measured on"
    measured = figures()
    for language, promised in PROMISED.items():
        assert measured[language]["f1"] >= max(promised, pins[language]["f1"] - TOLERANCE), measured


if __name__ == "__main__":
    pinned = {
        language: measured | {"gold_sha256": gold_hash(language, MAIN[language])}
        for language, measured in figures().items()
    }
    PINS.write_text(json.dumps(pinned, indent=1) + "\n", "utf-8")

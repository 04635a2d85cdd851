"""The training command from data to model, every step on what the one before it left."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.development_data import development_data

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.gate
@pytest.mark.slow
def test_a_model_is_trained_from_the_data_by_one_command(tmp_path: Path) -> None:
    """Guards against a step that no longer fits the next: a full run of an hour and a half would tell too late."""
    for library in ("torch", "sklearn"):
        pytest.importorskip(library, reason="what trains the tagger is not installed")
    development_data("ner", "fa")
    development_data("news", "fa-isna.tar.gz")
    command = [sys.executable, "-m", "training.tagger", "fa", "--share", "0.004"]
    folders = ["--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    made = {path.name for path in (tmp_path / "work").iterdir()}
    assert {f"fa.{step}.pickle" for step in ("raw", "words", "linear", "teacher", "silver", "student")} <= made
    check = f"from pathlib import Path; from pipeline.entities.tagger.model import Model; Model.load(Path(r'{tmp_path}') / 'out' / 'fa.npz', 'fa')"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--out" in refused.stderr

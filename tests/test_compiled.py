"""A kernel older than a source it may call must not run."""

import os
from pathlib import Path

from pipeline.compiled import forget_stale


def make(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_kernels_older_than_a_source_of_their_stage_go_and_others_stay(tmp_path: Path) -> None:
    make(tmp_path / "text" / "shared.py", 900)
    make(tmp_path / "stage" / "kernels.py", 500)
    make(tmp_path / "stage" / "deeper" / "called.py", 100)
    make(tmp_path / "other" / "kernels.py", 500)
    old = make(tmp_path / "stage" / "__pycache__" / "kernels.run-1.py311.nbi", 200)
    new = make(tmp_path / "stage" / "__pycache__" / "kernels.run-2.py311.nbi", 50)
    elsewhere = make(tmp_path / "other" / "__pycache__" / "kernels.run-1.py311.nbi", 200)
    assert forget_stale(tmp_path, tmp_path / "text") == 1
    assert (old.exists(), new.exists(), elsewhere.exists()) == (False, True, True)
    os.utime(tmp_path / "text" / "shared.py", (1_000_000, 1_000_000))
    assert forget_stale(tmp_path, tmp_path / "text") == 2

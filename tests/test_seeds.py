"""Seeds: found or named, and one edition told from another."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from pipeline import seeds
from pipeline.entities import gazetteer


def test_what_is_missing_is_named_with_the_remedy() -> None:
    with pytest.raises(FileNotFoundError, match=r"no\.npz is missing: .*git checkout seeds"):
        seeds.seed("models", "no.npz")


def test_a_fingerprint_goes_by_names_and_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a")
    other.write_text("b")
    told = seeds.fingerprint(one, other)
    assert seeds.fingerprint(other, one) == told
    (tmp_path / "elsewhere").mkdir()
    assert seeds.fingerprint(*(Path(shutil.copy(path, tmp_path / "elsewhere")) for path in (one, other))) == told
    one.write_text("b")
    other.write_text("a")
    assert seeds.fingerprint(one, other) != told


def test_a_changed_row_makes_another_edition_of_the_gazetteer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = gazetteer.edition()
    shutil.copytree(seeds.SEEDS / "gazetteer", tmp_path / "gazetteer")
    monkeypatch.setattr(seeds, "SEEDS", tmp_path)
    assert gazetteer.edition() == shipped
    forms = tmp_path / "gazetteer" / "khabar-forms.parquet"
    pl.read_parquet(forms).head(-1).write_parquet(forms)
    assert gazetteer.edition() != shipped

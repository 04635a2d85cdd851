"""The manifest: what must be read again, and nothing else."""

import os
from pathlib import Path

import polars as pl
import pytest

from pipeline import manifest
from pipeline.manifest import InputError, compare, real_path, walk


def found(folder: Path, version: str = "1") -> pl.DataFrame:
    return walk(folder).files.with_columns(pl.lit(version).alias("version"))


def known(folder: Path) -> pl.DataFrame:
    return found(folder).with_columns(pl.lit("hash").alias("content_hash"))


def test_walk_finds_files_below_folders_and_passes_over_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / "isna" / "۱۴۰۲").mkdir(parents=True)
    (tmp_path / "isna" / "۱۴۰۲" / "خبر.txt").write_text("خبر")
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "a.txt").write_text("x")
    assert walk(tmp_path).files["path"].to_list() == ["a.txt", "isna/۱۴۰۲/خبر.txt"]


def test_walk_survives_loops_of_links_and_links_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_text("x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert walk(tmp_path).files["path"].to_list() == ["a/one.txt", "nowhere"]


def test_walk_leaves_khabars_own_data_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "khabar.duckdb").write_text("x")
    (tmp_path / "a.txt").write_text("x")
    assert walk(tmp_path, without=tmp_path / "data").files["path"].to_list() == ["a.txt"]


def test_a_name_that_is_no_utf8_is_found_again(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xce\xc8\xd1.txt"
    with open(raw, "wb") as file:
        file.write(b"x")
    (path,) = walk(tmp_path).files["path"]
    assert path == r"\xce\xc8\xd1.txt"
    assert real_path(tmp_path, path).read_bytes() == b"x"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="KHABAR_INPUT"):
        walk(tmp_path / "no")


def test_compare_asks_only_for_what_moved(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).write_text(name)
    before = known(tmp_path)
    (tmp_path / "b").write_text("changed")
    os.utime(tmp_path / "c", ns=(1, 1))
    (tmp_path / "d").unlink()
    (tmp_path / "e").write_text("new")
    changes = compare(found(tmp_path), before)
    assert changes.candidates["path"].to_list() == ["b", "c", "e"]
    assert changes.gone == ["d"]
    assert changes.unchanged == 1


def test_a_new_version_of_the_reader_asks_for_everything(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert compare(found(tmp_path, "2"), known(tmp_path)).candidates.height == 1


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    unread = known(tmp_path).with_columns(pl.lit(None, pl.String).alias("content_hash"))
    assert compare(found(tmp_path), unread).candidates.height == 1


def test_mended_permissions_make_a_file_a_candidate(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("x")
    before = known(tmp_path)
    file.chmod(0o600)
    assert compare(found(tmp_path), before).candidates.height == 1


def test_content_hash_is_sha256_and_none_for_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert manifest.content_hash(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest.content_hash(tmp_path / "no") is None


def test_files_of_a_folder_that_cannot_be_listed_are_not_taken_as_gone(tmp_path: Path) -> None:
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("x")
    before = known(tmp_path)
    nothing = found(tmp_path).clear()
    assert compare(nothing, before, ("shut",)).gone == ["open/a.txt"]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("x")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    walked = walk(tmp_path)
    assert walked.unlisted == ("shut",)
    assert walked.files["path"].to_list() == ["a.txt"]

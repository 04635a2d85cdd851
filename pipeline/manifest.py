"""The manifest: which input files there are, and which of them have to be read again.

Belongs here: walking the input folder and comparing it with what was read last.
Does not belong here: what is in a file (`pipeline.parsing`), remembering (`pipeline.warehouse`).

Only a file whose size, time or permissions have moved is a candidate; whether its content did is told
by its hash.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

log = logging.getLogger(__name__)

TICK_NS = 2_000_000_000
"""The coarsest clock of file times there is."""
SCHEMA = pl.Schema({"path": pl.String, "size_bytes": pl.Int64, "mtime_ns": pl.Int64, "ctime_ns": pl.Int64})


class InputError(Exception):
    """The input folder cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be done about the input folder.

    Attributes:
        candidates: `path`, `size_bytes`, `mtime_ns`, `ctime_ns`, `version`, `content_hash` of files that are
            new or may have changed.
        gone: Paths that were read once and are no longer there.
        unchanged: How many files are as they were.
    """

    candidates: pl.DataFrame
    gone: list[str]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What stands in the input folder.

    Attributes:
        files: `path` (relative, as `encode_path` writes it), `size_bytes`, `mtime_ns`, `ctime_ns`.
        unlisted: Folders, relative, that could not be looked into: what is in them is not known to be gone.
    """

    files: pl.DataFrame
    unlisted: tuple[str, ...]


def walk(folder: Path, *, without: Path | None = None) -> Walk:
    """Return every regular file below a folder, in the order of its path.

    Links are followed, a folder that was met before is not entered twice, so that no loop of links is
    endless. Names that begin with a dot are the system's, not the publisher's, and passed over.

    Args:
        folder: The input folder.
        without: A folder not to enter: Khabar's own data, where that lies inside the input.

    Raises:
        InputError: If the folder is not there or cannot be listed.
    """
    if not folder.is_dir():
        raise InputError(f"the input folder {folder} is not a folder: set KHABAR_INPUT to one that holds news files")
    unlisted: list[str] = []
    rows = sorted(_entries(folder, without.resolve() if without else None, unlisted))
    return Walk(pl.DataFrame(rows, schema=SCHEMA, orient="row"), tuple(unlisted))


def _entries(folder: Path, without: Path | None, unlisted: list[str]) -> Iterator[tuple[str, int, int, int]]:
    root = os.fspath(folder)
    entered: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        current = pending.pop()
        try:
            status = os.stat(current)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            if without is not None and os.path.realpath(current) == os.fspath(without):
                continue
            entries = list(os.scandir(current))
        except OSError as error:
            if current == root:
                raise InputError(f"the input folder {folder} cannot be listed: {error.strerror}") from error
            log.warning("cannot list %s: %s; what was read of it stays", current, error.strerror)
            unlisted.append(encode_path(os.path.relpath(current, root)))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    pending.append(entry.path)
                    continue
                status = entry.stat()
            except OSError:
                # A link to nowhere, or a file that went while we looked: named, and read as unreadable.
                yield encode_path(os.path.relpath(entry.path, root)), 0, 0, 0
                continue
            if entry.is_file():
                relative = entry.path[len(root) :].lstrip(os.sep)
                yield encode_path(relative), status.st_size, status.st_mtime_ns, status.st_ctime_ns


def encode_path(path: str) -> str:
    r"""Return a path with / between folders and every byte that is no UTF-8 as ``\xNN``."""
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def real_path(folder: Path, path: str) -> Path:
    """Return where a path of the manifest lies, odd bytes put back."""
    plain = folder / path
    if "\\x" not in path or os.path.lexists(plain):
        return plain
    raw = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(0xDC00 + int(m[1], 16)), path)
    return folder / raw


def compare(found: pl.DataFrame, known: pl.DataFrame, unlisted: tuple[str, ...] = ()) -> Changes:
    """Return what of the input folder must be looked at again.

    Args:
        found: What `walk` returns now, with `version`: what would read each file today.
        known: What was read before: the same columns and `content_hash`, NULL where it could not be read.
        unlisted: Folders that could not be looked into: nothing in them is gone.

    Returns:
        The changes. `candidates` have the `content_hash` known of them, where the same version read it: a
        file that still has it need not be read again.
    """
    both = found.join(known, on="path", how="left", suffix="_known", maintain_order="left")
    same_version = (pl.col("version") == pl.col("version_known")).fill_null(value=False)
    same = (
        same_version
        & (pl.col("size_bytes") == pl.col("size_bytes_known"))
        & (pl.col("mtime_ns") == pl.col("mtime_ns_known"))
        & (pl.col("ctime_ns") == pl.col("ctime_ns_known"))
        & pl.col("content_hash").is_not_null()  # what could not be read is tried again
    ).fill_null(value=False)
    candidates = both.filter(~same).select(
        "path", "size_bytes", "mtime_ns", "ctime_ns", "version", pl.when(same_version).then("content_hash")
    )
    return Changes(
        candidates=candidates,
        gone=[
            path
            for path in known.join(found, on="path", how="anti").get_column("path").sort()
            if not any(path.startswith(folder + "/") for folder in unlisted)
        ],
        unchanged=both.height - candidates.height,
    )


def settled(before: os.stat_result, after: os.stat_result, began_ns: int) -> int | None:
    """Return the `ctime_ns` to remember of a file that was read between two looks at it.

    Args:
        before: What it was before anything of it was read.
        after: What it is after.
        began_ns: When reading began, nanoseconds since 1970.

    Returns:
        None where the file has changed between the looks: what was read is of no one moment. -1, which no file has,
        where it was changed so shortly before that another change may leave the same time (a clock of file times ticks
        every few milliseconds, on some file systems every two seconds): it is looked at again the next time.
    """
    looks = [(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino) for status in (before, after)]
    if looks[0] != looks[1]:
        return None
    return before.st_ctime_ns if began_ns - before.st_ctime_ns > TICK_NS else -1


def content_hash(path: Path) -> str | None:
    """Return the SHA-256 of a file's bytes in lower-case hex, None where they cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None

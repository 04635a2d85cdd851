"""How parsing can be set: its limits, and what one source folder says of itself.

Belongs here: the settings, their defaults and the reading of `khabar.toml`. Does not belong here: what
is done with them.

A folder of input may hold a file `khabar.toml`, which holds for the files in it and below; of several
the nearest one wins, key by key:

    source = "ایسنا"                # the publisher of every article below
    encoding = "windows-1256"       # no guess: the files are in this encoding
    zone = "Asia/Tehran"            # the zone of times that name none
    [fields]                        # which of the records' own names holds what
    title = "headline"
    body = ["intro", "story"]       # joined by newline, in this order
    date = "pub.when"               # dots go into nested records
"""

from __future__ import annotations

import codecs
import hashlib
import pathlib
import tomllib
from dataclasses import dataclass, field, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipeline.parsing.articles import Rejected
from pipeline.parsing.field_names import FIELDS

CONFIGURATION_NAME: Final = "khabar.toml"

_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ParsingSettings:
    """The limits of reading, and overrides for one source.

    Attributes:
        max_document_bytes: A text or page larger than this is rejected; one of a file's records too.
        max_expanded_bytes: What one compressed file or archive may expand to, its archives within included.
        max_ratio: How many times its own size a compressed file may expand to, once past 32 MiB.
        max_members: Members an archive may have, those of archives within it included.
        max_nesting: How many archives or compressions may lie within one another.
        max_lines: Lines a document may have.
        batch_documents: A batch is handed over when it holds so many documents ...
        batch_bytes: ... or so many bytes of text.
        source: The publisher, where a folder's configuration names one.
        encoding: The encoding, where it does.
        zone: The zone of times that name none, where it does.
        fields: Field names that hold a field, where it says so: field to names.
    """

    max_document_bytes: int = 32 * _MIB
    max_expanded_bytes: int = 8192 * _MIB
    max_ratio: int = 200
    max_members: int = 1_000_000
    max_nesting: int = 3
    max_lines: int = 200_000
    batch_documents: int = 2_000
    batch_bytes: int = 16 * _MIB
    source: str | None = None
    encoding: str | None = None
    zone: str | None = None
    fields: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())


def read_configuration(text: str) -> dict[str, Any]:
    """Read a `khabar.toml`: the keys it sets, as `ParsingSettings` holds them.

    Raises:
        Rejected: If it is no TOML, or sets what cannot be set.
    """
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Rejected(f"{CONFIGURATION_NAME} is no TOML: {error}") from error
    unknown = set(values) - {"source", "encoding", "zone", "fields"}
    if unknown:
        raise Rejected(
            f"{CONFIGURATION_NAME} sets {', '.join(sorted(unknown))}; it may set source, encoding, zone and fields"
        )
    for key in ("source", "encoding", "zone"):
        if key in values and (not isinstance(values[key], str) or not values[key].strip()):
            raise Rejected(f"{CONFIGURATION_NAME}: {key} must be a text")
    if "encoding" in values:
        try:
            codecs.lookup(values["encoding"])
        except LookupError as error:
            raise Rejected(f"{CONFIGURATION_NAME}: no encoding is called {values['encoding']}") from error
    if "zone" in values:
        try:
            ZoneInfo(values["zone"])
        except (OSError, ValueError) as error:
            raise Rejected(f"{CONFIGURATION_NAME}: no time zone is called {values['zone']}") from error
    if "fields" in values:
        fields: list[tuple[str, tuple[str, ...]]] = []
        if not isinstance(values["fields"], dict):
            raise Rejected(f"{CONFIGURATION_NAME}: [fields] must be a table")
        for name, given in values["fields"].items():
            names = [given] if isinstance(given, str) else given
            if name not in FIELDS or not isinstance(names, list) or not all(isinstance(n, str) for n in names):
                raise Rejected(
                    f"{CONFIGURATION_NAME}: fields.{name} must be one of {', '.join(FIELDS)} and name one or more fields"
                )
            fields.append((name, tuple(names)))
        values["fields"] = tuple(sorted(fields))
    return values


def configurations(path: pathlib.Path, relative_path: str) -> list[pathlib.Path]:
    """Return the `khabar.toml` files that hold for an input file, the nearest last."""
    folders = [path.parent]
    for _ in range(relative_path.count("/")):
        folders.append(folders[-1].parent)
    return [folder / CONFIGURATION_NAME for folder in reversed(folders) if (folder / CONFIGURATION_NAME).is_file()]


def configured(path: pathlib.Path, relative_path: str, settings: ParsingSettings) -> ParsingSettings:
    """Return the settings for one input file: `settings` with what its folders' configuration overrides.

    A configuration that cannot be read changes nothing; it is rejected as a file of its own.
    """
    for configuration in configurations(path, relative_path):
        try:
            settings = replace(settings, **read_configuration(configuration.read_text("utf-8-sig")))
        except (Rejected, OSError, ValueError):
            continue
    return settings


def configuration_key(path: pathlib.Path, relative_path: str) -> str:
    """Return a key of all that configures an input file: it changes when the file must be read again.

    Empty where nothing configures it.
    """
    found = configurations(path, relative_path)
    digest = hashlib.sha256()
    for configuration in found:
        try:
            digest.update(configuration.read_bytes())
        except OSError:
            continue
        digest.update(b"\0")
    return digest.hexdigest()[:16] if found else ""

"""The reference page of the published tables, written from their declarations.

Belongs here: rendering `pipeline.schema` as Markdown. Does not belong here: prose about any one table.

    python -m pipeline.reference > docs/tables.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pipeline import schema
from pipeline.schema import Table


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The published tables"
    yield ""
    yield f"Contract {schema.CONTRACT_VERSION}. Made from `pipeline/schema.py` by `python -m pipeline.reference`."
    yield ""
    yield (
        "Times are UTC. Hashes are lower-case SHA-256 hex. Languages are ISO 639 codes. Offsets are Unicode code "
        "points into `news.documents.text`, 0-based, end-exclusive: `substr(text, start_char + 1, end_char - "
        "start_char)` is the span."
    )
    for title, tables in (("news", schema.PUBLISHED), ("search", schema.SEARCH), ("meta", schema.META)):
        yield ""
        yield f"## `{title}`"
        for table in tables:
            yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield f"### `{table.full_name}`"
    yield ""
    yield f"{table.comment}."
    if table.key:
        yield ""
        yield "Key: " + ", ".join(f"`{name}`" for name in table.key) + "."
    yield ""
    yield "| column | type | may be NULL | holds | comes from |"
    yield "|---|---|---|---|---|"
    for c in table.columns:
        sources = ", ".join(f"`{source}`" for source in c.sources)
        yield f"| `{c.name}` | `{c.type}` | {'yes' if c.nullable else 'no'} | {c.comment} | {sources} |"
    for sentence, _ in table.rules:
        yield ""
        yield f"Always: {sentence}."


if __name__ == "__main__":
    sys.stdout.write(page())

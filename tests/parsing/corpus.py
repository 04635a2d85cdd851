"""Reading the hand-marked pages and texts of `tests/corpus/parsing`."""

from dataclasses import dataclass
from pathlib import Path

PARTS = ("tune", "check", "outlets", "later")
CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "parsing"


@dataclass(frozen=True)
class Marked:
    """One entry: its content as a file would hold it, and its lines with the kind a reader gives each."""

    name: str
    language: str
    is_page: bool
    content: str
    lines: list[tuple[str, str]]


def marked(half: str) -> list[Marked]:
    """Return the entries of one of `PARTS`."""
    entries = []
    for part in (CORPUS / f"{half}.txt").read_text("utf-8").split("=== ")[1:]:
        heading, _, body = part.partition("\n")
        name, language, _ = (field.strip() for field in heading.split("|", 2))
        is_page = body.startswith("---\n")
        content, listed = "", body.strip("\n")
        if is_page:
            _, content, listed = body.split("---\n")
        lines = [tuple(line.split("|", 1)) for line in listed.strip("\n").split("\n")]
        if not is_page:
            content = "\n".join(line[1] if len(line) == 2 else "" for line in lines)
        entries.append(Marked(name, language, is_page, content, [line for line in lines if len(line) == 2]))
    return entries

"""Edits as newsrooms make them: what happens to a wire text on its way into another paper.

Belongs here: the edits and the making of documents with their gold pairs from any texts. Does not belong
here: running systems on them (`benchmarks.near_duplicates.__main__`).

Every edit has three strengths and is drawn from a seeded generator, so a text, a seed and a strength
always give the same document. An edit that cannot change a text (no digits, no half-spaces) gives None.
"""

# ruff: noqa: ARG001 - every edit has one signature, whatever of it it needs.

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Edit = Callable[[str, int, random.Random, Sequence[str]], str | None]
"""Text, strength 1 to 3, randomness, sentences of other texts: the edited text."""

ZWNJ: Final = "\u200c"
PERSIAN: Final = re.compile("[پچژگیک\u200c]")
SENTENCE: Final = re.compile(r"(?<=[.!؟?])\s+")
CREDITS: Final = {
    "fa": ("به گزارش خبرگزاری کشور، ", "به نقل از خبرگزاری رسمی، ", "گروه سیاسی - "),
    "ar": ("وكالة الأنباء - ", "نقلا عن وكالات الأنباء، ", "العاصمة (وكالات): "),
}
TAILS: Final = {"fa": ("انتهای پیام", "منبع: خبرگزاری کشور"), "ar": ("انتهى", "المصدر: وكالات")}


def language(text: str) -> str:
    """Say whether a text is typed as Persian is (`fa`) or as Arabic is (`ar`)."""
    return "fa" if len(PERSIAN.findall(text)) * 50 > len(text) else "ar"


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\S+", text)


def new_headline(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """Another headline runs into the body."""
    return " ".join(choice.choice(others).split()[: 4 * strength]) + "\n" + text


def agency_credit(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """Credits at the head, at the tail, and at the head of the second paragraph."""
    said = CREDITS[language(text)]
    text = choice.choice(said) + text
    if strength > 1:
        text += "\n" + choice.choice(TAILS[language(text)])
    if strength > 2:
        head, *rest = text.split("\n")
        text = "\n".join([head, *(choice.choice(said) + line for line in rest[:1]), *rest[1:]])
    return text


def cut_tail(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """The last paragraphs do not fit."""
    words = _words(text)
    return "".join(words[: int(len(words) * (0.9, 0.78, 0.5)[strength - 1])]).strip()


def cut_head(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """The first sentence goes into the lead."""
    words = _words(text)
    return "".join(words[int(len(words) * (0.08, 0.2, 0.45)[strength - 1]) :]).strip()


def half_spaces(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str | None:
    """Half-spaces are dropped, become spaces, or now one and now the other."""
    if text.count(ZWNJ) < 3:
        return None
    ways = (("",), (" ",), ("", " ", ZWNJ))[strength - 1]
    return "".join(choice.choice(ways) if c == ZWNJ else c for c in text)


def keyboard(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """Letters of the other keyboard; then hamza, madda and ta marbuta left out; then kashida and vowels."""
    table = str.maketrans("يكیک", "یکيك")
    if strength > 1:
        table |= str.maketrans("أإآةؤئ", "اااهوي")
    text = text.translate(table)
    if strength > 2:
        text = re.sub(
            r"(?<=\w)([بتسفقلمن])(?=\w)",
            lambda m: m[1] + ("ـ" if choice.random() < 0.1 else "َ" * (choice.random() < 0.1)),
            text,
        )
    return text


def digits(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str | None:
    """Digits of another kind."""
    if not re.search(r"\d", text):
        return None
    kind = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")[strength - 1]
    changed = "".join(kind[int(c)] if c.isdecimal() else c for c in text)
    return changed if changed != text else None


def reordered(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str | None:
    """Paragraphs, or sentences where there is one paragraph, change places."""
    parts, mark = text.split("\n"), "\n"
    if len(parts) < 3:
        parts, mark = SENTENCE.split(text), " "
    if len(parts) < 3:
        return None
    if strength == 3:
        choice.shuffle(parts)
    else:
        for _ in range(strength):
            i = choice.randrange(len(parts) - 1)
            parts[i], parts[i + 1] = parts[i + 1], parts[i]
    changed = mark.join(parts)
    return changed if changed != text else None


def sentence_added(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """Sentences of background, one per strength, stand between others."""
    parts = text.split("\n")
    for _ in range(strength):
        parts.insert(choice.randrange(len(parts) + 1), choice.choice(others))
    return "\n".join(parts)


def reworded(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """A copy editor replaces two, four or six words of a hundred."""
    words = _words(text)
    places = [i for i, word in enumerate(words) if not word.isspace()]
    for i in choice.sample(places, max(1, len(places) * 2 * strength // 100)):
        words[i] = choice.choice(choice.choice(others).split())
    return "".join(words)


def wrapped(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """The text stands inside of a longer one: a local head and tail."""
    due = len(text.split()) * (0.4, 1.0, 2.0)[strength - 1]
    around: list[str] = []
    while sum(len(part.split()) for part in around) < due:
        around.append(choice.choice(others))
    return "\n".join([*around[::2], text, *around[1::2]])


def newsroom(text: str, strength: int, choice: random.Random, others: Sequence[str]) -> str:
    """What most copies go through at once: credit, keyboard, spacing, digits, and as many more as the strength."""
    edits: list[Edit] = [keyboard, half_spaces, digits]
    edits += choice.sample([new_headline, sentence_added, reworded, cut_tail], strength)
    for edit in [*edits, agency_credit]:
        text = edit(text, 1, choice, others) or text
    return text


EDITS: Final[dict[str, Edit]] = {
    edit.__name__: edit
    for edit in (
        new_headline, agency_credit, cut_tail, cut_head, half_spaces, keyboard, digits, reordered, sentence_added,
        reworded, wrapped, newsroom,
    )
}  # fmt: skip
"""By name."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the benchmark.

    Attributes:
        body: Its text.
        base: Number of the text it was made from: documents of one base are copies, others are not.
        edit: How it was made; empty for the text itself, `one_number` for a short text that is *no* copy.
        strength: How strongly, 0 for the text itself.
    """

    body: str
    base: int
    edit: str
    strength: int


def documents(texts: Sequence[str], seed: int = 1) -> Iterator[Document]:
    """Yield each text and two edits of it, by turns of all edits and strengths.

    Every seventh text also gives a pair of short texts that differ in one number: no copies, each a base of
    its own (negative).
    """
    due = [(name, strength) for name in EDITS for strength in (1, 2, 3)]
    sentences = [[s for s in SENTENCE.split(text) if 6 <= len(s.split()) <= 40] for text in texts]
    for number, text in enumerate(texts):
        choice = random.Random(f"{seed} {number}")
        yield Document(text, number, "", 0)
        # What is added comes from elsewhere, no two sentences from one text: a document that held most of
        # another text would rightly be taken for a round-up.
        picked = choice.sample(sentences, min(len(sentences), 80))
        others = [choice.choice(s) for s in picked if s and s is not sentences[number]] or [text]
        for turn in (2 * number, 2 * number + 1):
            name, strength = due[turn % len(due)]
            edited = EDITS[name](text, strength, choice, others)
            if edited is not None:
                yield Document(edited, number, name, strength)
        if number % 7 == 0:
            words = text.split()[:14]
            for i in (1, 2):
                yield Document(" ".join([*words, str(100 * i + number % 90)]), -(2 * number + i), "one_number", 1)

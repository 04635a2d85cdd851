"""The content of one file or archive member: bytes behind limits, and its text.

Belongs here: reading bytes and characters, whole or piece by piece, never more than the limits allow. Does
not belong here: archives and compression (`pipeline.parsing.containers`), formats (`pipeline.parsing.readers`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from pipeline.parsing import encodings
from pipeline.parsing.articles import Rejected
from pipeline.parsing.containers import Stream, open_bytes
from pipeline.parsing.settings import ParsingSettings

CHUNK: Final = 1 << 20
_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})",
    re.IGNORECASE,
)


def declared_encoding(head: bytes) -> str | None:
    """Return the encoding that a page or an XML document says it is in."""
    match = _CHARSET.search(head[:8192]) if b"<" in head[:1024] else None
    return (match[1] or match[2]).decode("ascii") if match else None


class Source:
    """One file's content, read once from beginning to end.

    Attributes:
        name: Its path as in `news.files.path`.
        head: Its first bytes, up to 1 MiB.
        whole: Whether `head` is all of it.
        encoding: The decision on its encoding, once its text was asked for; in words as `encoding_words`.
        repaired: What was wrong with its text and is repaired, in words.
    """

    def __init__(self, name: str, stream: Stream, settings: ParsingSettings) -> None:
        """Begin to read `stream`, whose content becomes the source's."""
        self.name = name
        self.settings = settings
        self.encoding: encodings.Encoding | None = None
        self.repaired: str | None = None
        self._stream = stream
        self._decoded: str | None = None
        self.head = self._fill(CHUNK)
        self.whole = len(self.head) < CHUNK

    @property
    def failure(self) -> str | None:
        """Why the content ended before its end, in words; None where it did not."""
        return self._stream.failure

    def _fill(self, size: int) -> bytes:
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            data = self._stream.read(missing)
            if not data:
                break
            parts.append(data)
            missing -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def encoding_words(self) -> str | None:
        """The decision on the encoding and its ground, with what was repaired."""
        if self.encoding is None:
            return None
        return self.encoding.ground + (f"; repaired: {self.repaired}" if self.repaired else "")

    def chunks(self) -> Iterator[bytes]:
        """Yield the content piece by piece."""
        yield self.head
        while not self.whole:
            data = self._stream.read(CHUNK)
            if not data:
                break
            yield data

    def all(self) -> bytes:
        """Return the whole content.

        Raises:
            Rejected: If it is larger than one document may be.
        """
        if self.whole:
            return self.head
        limit = self.settings.max_document_bytes
        rest = self._fill(limit + 1 - len(self.head)) if limit >= len(self.head) else b"\0"
        if len(self.head) + len(rest) > limit:
            self.head = self.head[:CHUNK]
            raise Rejected(f"one document of more than {limit // (1 << 20)} MiB: raise max_document_bytes to read it")
        self.whole = True
        self.head += rest
        return self.head

    def decide(self, declared: str | None = None) -> encodings.Encoding:
        """Decide the encoding on what is known of the content.

        Raises:
            Rejected: If it is none that is known.
        """
        if self.encoding is None:
            configured = self.settings.encoding
            found = encodings.decode_at_once(self.head, declared) if self.whole and not configured else None
            if found:
                self._decoded, self.encoding = found
            else:
                self.encoding = encodings.decide(self.head, whole=self.whole, declared=declared, configured=configured)
        return self.encoding

    def sample(self, size: int) -> str:
        """Return the beginning of the text, about `size` bytes of it, as undeclared encodings go.

        Raises:
            Rejected: If it is in no known encoding.
        """
        encoding = self.decide(declared_encoding(self.head))
        if self._decoded is not None:
            return self._decoded[:size]
        return self.head[encoding.skip : encoding.skip + size].decode(encoding.codec, "ignore")

    def text(self) -> str:
        """Return the whole text, repaired where it was decoded wrongly once.

        Raises:
            Rejected: If it is too large, or in no known encoding.
        """
        data = self.all()
        encoding = self.decide(declared_encoding(self.head))
        text = self._decoded if self._decoded is not None else encodings.decode(data, encoding)
        text, self.repaired = encodings.repair(text)
        return text

    def text_chunks(self) -> Iterator[str]:
        """Yield the text piece by piece; bytes that do not fit are surrogates U+DC80 to U+DCFF.

        Raises:
            Rejected: If it is in no known encoding.
        """
        try:
            encoding = self.decide(declared_encoding(self.head))
        except Rejected:
            # Records are judged one by one: damaged ones are rejected, the rest is read.
            if b"\0" in self.head[:4096]:
                raise
            encoding = self.encoding = encodings.Encoding("utf_8", 0, "utf-8 (with invalid bytes)")
        decoder = codecs.getincrementaldecoder(encoding.codec)(
            "surrogateescape" if encoding.codec == "utf_8" else "replace"
        )
        skip = encoding.skip
        for data in self.chunks():
            yield decoder.decode(data[skip:] if skip else data)
            skip = 0
        last = decoder.decode(b"", final=True)
        if last:
            yield last


def from_bytes(name: str, data: bytes, settings: ParsingSettings) -> Source:
    """Return a source of bytes in memory."""
    return Source(name, open_bytes(data), settings)

"""WARC: archived web pages, one record a response.

Belongs here: cutting records, and undoing HTTP's framing and compression. Does not belong here: reading the
pages (`pipeline.parsing.readers.html`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from pipeline.parsing import encodings
from pipeline.parsing.articles import Article, Reject, Rejected, split_lines
from pipeline.parsing.readers.html import page_article
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source, declared_encoding

_HEADER_LIMIT: Final = 1 << 16
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class _Reader:
    """Bytes of the file, taken piece by piece."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""

    def until(self, mark: bytes, limit: int) -> bytes | None:
        """Return what comes before `mark` and pass both; None where it does not come within `limit` bytes."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit or not self._more():
                return None
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    def take(self, size: int, limit: int) -> tuple[bytes, int]:
        """Return up to `limit` of the next `size` bytes and pass them all; also how many there were."""
        kept: list[bytes] = []
        passed = 0
        while passed < size:
            if not self._buffer and not self._more():
                break
            piece, self._buffer = self._buffer[: size - passed], self._buffer[size - passed :]
            if passed < limit:
                kept.append(piece[: limit - passed])
            passed += len(piece)
        return b"".join(kept), passed

    def to_next(self) -> bool:
        """Go on to the next record's beginning; False at the end."""
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            at = self._buffer.find(b"WARC/")
            if at >= 0:
                self._buffer = self._buffer[at:]
                return True
            self._buffer = self._buffer[-4:]
            if not self._more():
                return False

    def _more(self) -> bool:
        data = next(self._chunks, b"")
        self._buffer += data
        return bool(data)


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the articles of the file's responses; `record` counts responses only.

    Raises:
        Rejected: If it holds no response.
    """
    reader = _Reader(source.chunks())
    number = 0
    limit = settings.max_document_bytes
    while reader.to_next():
        head = reader.until(b"\r\n\r\n", _HEADER_LIMIT)
        headers = _headers(head) if head is not None else {}
        length = headers.get("content-length", "")
        is_response = headers.get("warc-type", "").lower() == "response"
        if not (length.isascii() and length.isdigit()):
            if head is not None and not is_response:
                continue
            yield Reject(
                number,
                "broken WARC record: no Content-Length"
                if head is not None
                else "broken WARC record: its header does not end",
            )
            number += 1
            if head is None:
                reader.take(5, 0)
            continue
        payload, passed = reader.take(int(length), limit if is_response else 0)
        if not is_response:
            continue
        if passed < int(length):
            yield Reject(number, f"cut short: {passed} of {length} bytes")
        elif passed > limit:
            yield Reject(number, f"a page of more than {limit >> 20} MiB")
        else:
            yield _response(number, headers, payload, settings)
        number += 1
    if not number:
        raise Rejected("a WARC file without a response record")


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _response(number: int, headers: dict[str, str], payload: bytes, settings: ParsingSettings) -> Article | Reject:
    url = headers.get("warc-target-uri", "").strip("<>")
    head, separator, body = payload.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/"):
        return Reject(number, "a response that is not HTTP")
    if not separator:
        return Reject(number, "a response without a body")
    status = head.split(b" ", 2)[1:2]
    http = _headers(head)
    if status and status[0][:1] != b"2":
        return Reject(number, f"HTTP status {status[0].decode('ascii', 'replace')}: no article")
    kind = http.get("content-type", "text/html").lower()
    if "html" not in kind and not kind.startswith("text/plain"):
        return Reject(number, f"{kind.split(';')[0].strip() or 'no type'}: no page of text")
    try:
        body = _decoded(body, http, settings.max_document_bytes)
        said = _CHARSET.search(kind)
        encoding = encodings.decide(
            body,
            whole=True,
            declared=(said[1] if said else None) or declared_encoding(body),
            configured=settings.encoding,
        )
        text, _ = encodings.repair(encodings.decode(body, encoding))
        if kind.startswith("text/plain"):
            lines = split_lines(text)
            if not any(map(str.isalpha, text)):
                return Reject(number, "holds no text")
            return Article(number, text, lines, {"url": url} if url else {})
        return page_article(number, text, settings, url or None)
    except Rejected as error:
        return Reject(number, str(error))
    except (zlib.error, ValueError) as error:
        return Reject(number, f"broken HTTP body: {error}")


def _decoded(body: bytes, http: dict[str, str], limit: int) -> bytes:
    if "chunked" in http.get("transfer-encoding", "").lower():
        body = _unchunked(body)
    coding = http.get("content-encoding", "").lower()
    if coding and body.lstrip()[:1] == b"<":
        return body  # crawlers undo the compression and leave the header
    if coding == "zstd" and body:
        import zstandard

        try:
            with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as stream:
                body = stream.read(limit + 1)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        if len(body) > limit:
            raise Rejected(f"a page of more than {limit >> 20} MiB")
    elif coding in ("gzip", "x-gzip", "deflate") and body:
        decoder = zlib.decompressobj(47 if coding != "deflate" or body[:1] == b"\x78" else -15)
        body = decoder.decompress(body, limit + 1)
        if len(body) > limit:
            raise Rejected(f"a page of more than {limit >> 20} MiB")
    elif coding == "br":
        raise Rejected("a body in Brotli compression: not supported; let the crawler ask for gzip, or undo it")
    return body


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = body[at:end].split(b";")[0].strip()
        try:
            length = int(size, 16)
        except ValueError:
            # Crawlers undo the framing and leave the header: then this is the body itself.
            return body if not parts else b"".join(parts)
        if length <= 0:
            break
        parts.append(body[end + 2 : end + 2 + length])
        at = end + 2 + length + 2
    return b"".join(parts) if parts else body

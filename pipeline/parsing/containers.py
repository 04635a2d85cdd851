"""Files inside files: single compression and archives, opened as streams behind limits.

Belongs here: finding out by content that bytes are compressed or an archive, and walking their members.
Nothing is ever written where a member's name says, and nothing expands further than the settings allow.
Does not belong here: what the members hold (`pipeline.parsing.formats`).
"""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import posixpath
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from pipeline.parsing.articles import Rejected, refuse
from pipeline.parsing.encodings import arabic_score
from pipeline.parsing.settings import ParsingSettings

_PIECE: Final = 1 << 16
_RATIO_FROM: Final = 32 << 20
_SPOOL: Final = 32 << 20
BROKEN: Final = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError, NotImplementedError, IndexError, KeyError, OverflowError)  # fmt: skip
"""What the libraries raise on bytes that are not what they seem."""


class Budget:
    """How much one input file may still expand, and how many members it may still have."""

    def __init__(self, settings: ParsingSettings) -> None:
        """Begin with all that the settings allow."""
        self.bytes_left = settings.max_expanded_bytes
        self.members_left = settings.max_members

    def spend(self, size: int) -> None:
        """Take `size` bytes off.

        Raises:
            Rejected: If they are more than is left.
        """
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Rejected("expands beyond the limit (max_expanded_bytes): taken for an archive bomb")


class Stream:
    """Bytes of one file or member: hashed and counted as they are read, with a look ahead."""

    def __init__(self, raw: BinaryIO, size: int | None = None) -> None:
        """Begin to read `raw`, of `size` bytes where that is known."""
        self.raw = raw
        self.known_size = size
        self.digest = hashlib.sha256()
        self.count = 0
        self.failure: str | None = None
        self._ahead = b""
        self._ended = False

    def _more(self, size: int) -> bytes:
        if self._ended:
            return b""
        try:
            data = self.raw.read(size)
        except Rejected as error:
            self.failure = str(error)
            data = b""
        except BROKEN as error:
            self.failure = describe(error)
            data = b""
        if not data:
            self._ended = True
        self.digest.update(data)
        self.count += len(data)
        return data

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end, without passing them."""
        # A small file is read at once, one byte more than it has: its end is seen with it.
        least = min((self.known_size or 0) + 1, 1 << 20) if not self.count else 0
        while len(self._ahead) < size and (data := self._more(max(size - len(self._ahead), 8192, least))):
            self._ahead += data
        return self._ahead[:size]

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, as a file does."""
        if size is None or size < 0:
            parts = [self._ahead]
            self._ahead = b""
            while data := self._more(_PIECE * 16):
                parts.append(data)
            return b"".join(parts)
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._more(size)

    def drain(self) -> None:
        """Read to the end, for the hash and the size."""
        self._ahead = b""
        while self._more(_PIECE * 16):
            pass


class _Decompressed:
    """What a compressed stream holds, piece by piece; every piece is taken off the budget."""

    def __init__(self, source: Any, make: Callable[[], Any], magic: bytes, budget: Budget, settings: ParsingSettings, pieces: int = _PIECE) -> None:  # fmt: skip
        self._source, self._make, self._magic = source, make, magic
        self._budget, self._settings, self._pieces = budget, settings, pieces
        self._decoder = make()
        self._bounded = hasattr(self._decoder, "needs_input") or isinstance(self._decoder, _Zlib)
        self._input = b""
        self._consumed = self._produced = 0
        self._ahead = b""
        self._finished = False
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        parts: list[bytes] = []
        wanted = size if size is not None and size >= 0 else 1 << 62
        while wanted > 0:
            if not self._ahead:
                try:
                    self._ahead = self._next()
                except (*BROKEN, Rejected):
                    if parts:
                        # Hand over what came whole; the error comes again with the next call.
                        break
                    raise
                if not self._ahead:
                    break
            data, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
            parts.append(data)
            wanted -= len(data)
        return b"".join(parts)

    def _next(self) -> bytes:
        while not self._finished:
            if self._decoder.eof:
                rest = self._decoder.unused_data + self._input
                self._input = rest + (self._source.read(16) if len(rest) < 16 else b"")
                if not self._input.startswith(self._magic):
                    self._finished = True  # the end, or padding after it
                    break
                self._decoder, self._begun = self._make(), False
            if not self._input and getattr(self._decoder, "needs_input", True):
                self._input = self._source.read(self._pieces)
                self._consumed += len(self._input)
                if not self._input:
                    raise EOFError("compressed data cut short")
            data, self._input = self._input, b""
            out: bytes = (
                self._decoder.decompress(data, _PIECE * 16) if self._bounded else self._decoder.decompress(data)
            )
            if out:
                self._produced += len(out)
                self._budget.spend(len(out))
                if self._produced > _RATIO_FROM and self._produced > self._settings.max_ratio * max(self._consumed, 1):
                    raise Rejected(
                        f"expands more than {self._settings.max_ratio} times (max_ratio): taken for an archive bomb"
                    )
                return out
        return b""


class _Zlib:
    """`zlib`'s decoder of gzip members with the face of `bz2` and `lzma`: it keeps what the limit left over."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(31)
        self._left = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._left

    def decompress(self, data: bytes, limit: int) -> bytes:
        out = self._decoder.decompress(self._left + data, limit)
        self._left = self._decoder.unconsumed_tail
        return out


def _zstandard() -> Any:
    import zstandard

    class _Zstandard:
        def __init__(self) -> None:
            self._decoder = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

        @property
        def eof(self) -> bool:
            return bool(self._decoder.eof)

        @property
        def unused_data(self) -> bytes:
            return bytes(self._decoder.unused_data)

        def decompress(self, data: bytes) -> bytes:
            try:
                return bytes(self._decoder.decompress(data))
            except zstandard.ZstdError as error:
                raise EOFError(f"broken zstandard data: {error}") from error

    return _Zstandard()


_COMPRESSIONS: Final[tuple[tuple[bytes, str, Callable[[], Any], int], ...]] = (
    (b"\x1f\x8b\x08", "gzip", _Zlib, _PIECE),
    (b"BZh", "bzip2", bz2.BZ2Decompressor, _PIECE),
    (b"\xfd7zXZ\x00", "xz", lambda: lzma.LZMADecompressor(memlimit=1 << 29), _PIECE),
    # A kibibyte at a time: this decoder has no limit of its own on what a piece expands to.
    (b"\x28\xb5\x2f\xfd", "zstandard", _zstandard, 1 << 10),
)
_OTHERS: Final = (
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"\x04\x22\x4d\x18", "LZ4"),
)


class Member(NamedTuple):
    """One file to read, or one that cannot be: `path` as in `news.files`, its bytes, or the reason.

    `origin` is the stream of the file as it lies in its folder or archive: its hash and size are the file's.
    """

    path: str
    stream: Stream | None
    origin: Stream | None
    reason: str | None
    failures: tuple[Stream, ...] = ()


_KINDS: Final[dict[type[BaseException], str]] = {
    EOFError: "cut short",
    zlib.error: "broken gzip data",
    lzma.LZMAError: "broken xz data",
    tarfile.ReadError: "broken tar archive",
    zipfile.BadZipFile: "broken zip archive",
}


def describe(error: BaseException) -> str:
    """Return an error of a library in words for the reader of `news.rejects`."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    text = str(error).strip().splitlines()
    kind = _KINDS.get(type(error))
    if isinstance(error, EOFError) and text and "short" in text[0]:
        kind = None
    return ": ".join(part for part in (kind, text[0][:200] if text else "") if part) or type(error).__name__


def members(path: str, origin: Stream, settings: ParsingSettings, budget: Budget, depth: int = 0) -> Iterator[Member]:
    """Yield every file within a stream: the file itself where it is no archive.

    A member's stream is read before the next one is asked for. Never raises on what the bytes hold.

    Args:
        path: The path of the file, as in `news.files`.
        origin: Its bytes.
        settings: The limits.
        budget: What is left of them.
        depth: How many archives it lies in.
    """
    stream, streams = origin, [origin]
    try:
        for _ in range(settings.max_nesting + 1):
            head = stream.peek(264)
            packed = next((c for c in _COMPRESSIONS if head.startswith(c[0])), None)
            if packed is None:
                break
            if len(streams) > settings.max_nesting:
                refuse(f"compressed more than {settings.max_nesting} times over (max_nesting)")
            magic, _, make, pieces = packed
            stream = Stream(_Decompressed(stream, make, magic, budget, settings, pieces))  # type: ignore[arg-type]
            streams.append(stream)
        other = next((name for magic, name in _OTHERS if head.startswith(magic)), None)
        if other:
            refuse(f"a {other} archive: not a supported compression")
        is_zip = head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))
        is_tar = len(head) >= 262 and head[257:262] == b"ustar"
        if not (is_zip or is_tar):
            yield Member(path, stream, origin, None, tuple(streams))
            return
        if depth >= settings.max_nesting:
            refuse(f"an archive within more than {settings.max_nesting} others (max_nesting)")
        yield from (_zip if is_zip else _tar)(path, stream, settings, budget, depth)
    except Rejected as error:
        yield Member(path, None, origin, str(error))
    except BROKEN as error:
        yield Member(path, None, origin, describe(error))


def _unsafe(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":") or ".." in parts:
        return "its name in the archive points outside of it"
    if "\0" in name:
        return "its name in the archive holds a zero byte"
    return None


class _Names:
    """Paths of members; a second one of a name is told apart by a number."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._seen: dict[str, int] = {}

    def path(self, name: str) -> str:
        name = name.encode("utf-8", "replace").decode("utf-8")
        count = self._seen[name] = self._seen.get(name, 0) + 1
        return f"{self._archive}!{name}" + (f"#{count}" if count > 1 else "")


def _spend_member(budget: Budget) -> None:
    budget.members_left -= 1
    if budget.members_left < 0:
        raise Rejected("has more members than allowed (max_members)")


class _Counted:
    """A member's bytes, taken off the budget as they are read."""

    def __init__(self, raw: Any, budget: Budget, packed: int, settings: ParsingSettings) -> None:
        self._raw, self._budget, self._packed, self._settings = raw, budget, packed, settings
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._raw.read(min(size, 1 << 20) if size is not None and size >= 0 else 1 << 20)
        self._count += len(data)
        self._budget.spend(len(data))
        if self._count > _RATIO_FROM and self._packed and self._count > self._settings.max_ratio * self._packed:
            raise Rejected(f"expands more than {self._settings.max_ratio} times (max_ratio): taken for an archive bomb")
        return data


def _zip(path: str, stream: Stream, settings: ParsingSettings, budget: Budget, depth: int) -> Iterator[Member]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        while data := stream.read(1 << 20):
            spool.write(data)
        if stream.failure:
            raise Rejected(stream.failure)
        spool.seek(0)
        with zipfile.ZipFile(spool) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            names = {info.filename for info in infos}
            if "[Content_Types].xml" in names:
                raise Rejected("an Office document (docx, xlsx, pptx): not a supported format")
            if "mimetype" in names and "META-INF/manifest.xml" in names:
                raise Rejected("an OpenDocument file: not a supported format")
            if not infos:
                raise Rejected("an archive that holds no file")
            paths = _Names(path)
            for info in infos:
                _spend_member(budget)
                name = info.filename
                if not info.flag_bits & 0x800:
                    name = _decoded_name(name, name.encode("cp437", "replace"))
                member = paths.path(name)
                reason = _unsafe(name) or ("encrypted" if info.flag_bits & 0x1 else None)
                if reason:
                    yield Member(member, None, None, reason)
                    continue
                try:
                    with archive.open(info) as raw:
                        inner = Stream(_Counted(raw, budget, info.compress_size, settings), info.file_size)  # type: ignore[arg-type]
                        yield from members(member, inner, settings, budget, depth + 1)
                except Rejected as error:
                    yield Member(member, None, None, str(error))
                except BROKEN as error:
                    yield Member(member, None, None, describe(error))


def _decoded_name(name: str, data: bytes) -> str:
    """Return a member's name from its bytes: UTF-8 that is not said to be so, else the code page of its letters.

    Archives hold no word of the encoding of names; Windows writes those of Persian and Arabic in code page 720 or in
    Windows-1256. Where neither spells such letters, the name stays as it was found.
    """
    if data.isascii():
        return name
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    readings = []
    for codec in ("cp720", "cp1256"):
        try:
            reading = data.decode(codec)
        except UnicodeDecodeError:
            continue
        foreign = [char for char in reading if char > "\x7f"]
        if sum("\u0620" <= char <= "\u06d3" or char == "\u200c" for char in foreign) * 5 >= len(foreign) * 4:
            readings.append((arabic_score(reading), reading))
    return max(readings)[1] if readings else name


def _tar(path: str, stream: Stream, settings: ParsingSettings, budget: Budget, depth: int) -> Iterator[Member]:
    paths = _Names(path)
    found = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=1) as archive:  # type: ignore[call-overload]
            for info in archive:
                if info.isdir():
                    continue
                _spend_member(budget)
                found += 1
                name = _decoded_name(info.name, info.name.encode("utf-8", "surrogateescape"))
                name = posixpath.normpath(name) if not _unsafe(name) else name
                member = paths.path(name)
                reason = _unsafe(name) or (None if info.isreg() else "a link or a device, not a file")
                raw = archive.extractfile(info) if reason is None else None
                if raw is None:
                    yield Member(member, None, None, reason or "cannot be read")
                    continue
                inner = Stream(_Counted(raw, budget, 0, settings), info.size)  # type: ignore[arg-type]
                yield from members(member, inner, settings, budget, depth + 1)
    except BROKEN as error:
        why = stream.failure or describe(error)
        raise Rejected(f"{why}; {found} members were read before" if found else why) from error
    if stream.failure:
        raise Rejected(f"{stream.failure}; {found} members were read before")
    if not found:
        raise Rejected("an archive that holds no file")


def open_bytes(data: bytes) -> Stream:
    """Return a stream of bytes in memory."""
    return Stream(io.BytesIO(data), len(data))

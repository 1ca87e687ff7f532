"""Reading zip files from outside: bounded in every size, and no name in them ever leads out of a folder.

Refused, each with a sentence: what is no zip or is damaged, too many or too large members (by what is really unpacked,
not by what the file claims), a member that unpacks to far more than it takes, names that are absolute, climb up or hold
odd characters, links, encrypted members, two members of one name (also where only the case differs).
"""

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sd3studio.core.errors import InputError
from sd3studio.core.files import read_bounded

NAME = re.compile(r"[^\x00-\x1f\x7f\\:*?\"<>|]{1,200}")
"""What one part of a member's path may look like: no control characters, nothing that has a meaning on some system."""

END_RECORD = b"PK\x05\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
END_BYTES = 22
MOST_COMMENT_BYTES = 65_535
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive may be: the file, its members, each of them and all together unpacked, and their ratio."""

    file_bytes: int = 1_000_000_000
    members: int = 10_000
    member_bytes: int = 256_000_000
    total_bytes: int = 1_000_000_000
    ratio: int = 1_500
    """Deflate itself reaches 1,032; only large members are judged by it."""


class Archive:
    """An open zip file. Raises `error` with a sentence that names the file for anything that is not as it should be."""

    def __init__(self, path: Path, limits: Limits, error: type[InputError]) -> None:
        self.path, self.limits, self.error = Path(path), limits, error
        self._read_bytes = 0
        self._file: IO[bytes] | None = None
        size = _size_of(self.path, limits.file_bytes, error)
        try:
            self._file = open(self.path, "rb")  # noqa: SIM115 (closed by `close`)
            self._check_end(self._file, size)
            self._zip = zipfile.ZipFile(self._file)
            self._members = self._checked(self._zip.infolist())
        except OSError as problem:
            self.close()
            raise error(f"Can't read {self.path}: {problem.strerror or problem}.") from problem
        except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OverflowError) as problem:
            self.close()
            raise error(f"{self.path} is not a zip file, or it is damaged: {problem}.") from problem
        except InputError:
            self.close()
            raise

    @property
    def names(self) -> tuple[str, ...]:
        """The members, without folders, in the order of the file."""
        return tuple(self._members)

    def size_of(self, name: str) -> int:
        """Bytes that a member says it has, unpacked."""
        return self._members[name].file_size

    def read(self, name: str, limit_bytes: int | None = None) -> bytes:
        """A member, unpacked. Raises `error` when it is missing, damaged, or too large."""
        if name not in self._members:
            raise self.error(f"{self.path} holds no {name}.")
        limit = min(limit_bytes or self.limits.member_bytes, self.limits.member_bytes)
        try:
            with self._zip.open(self._members[name]) as member:
                data = member.read(limit + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as problem:
            raise self.error(f"{self.path}: its part {name} is damaged: {problem}.") from problem
        self._read_bytes += len(data)
        if len(data) > limit:
            raise self.error(f"{self.path}: its part {name} is larger than {limit / 1e6:.0f} MB.")
        if self._read_bytes > self.limits.total_bytes:
            raise self.error(f"{self.path} unpacks to more than {self.limits.total_bytes / 1e6:.0f} MB.")
        return data

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_end(self, file: IO[bytes], size: int) -> None:
        """Bound the list of members before `zipfile` reads it into memory."""
        file.seek(max(size - END_BYTES - MOST_COMMENT_BYTES - 20, 0))
        tail = file.read()
        at = tail.rfind(END_RECORD)
        if at < 0 or at + END_BYTES > len(tail):
            raise self.error(f"{self.path} is not a zip file, or it is cut off.")
        count, list_bytes = struct.unpack_from("<HI", tail, at + 10)
        if tail[max(at - 20, 0) : at].startswith(ZIP64_LOCATOR) or count > self.limits.members:
            raise self.error(f"{self.path} holds more than {self.limits.members:,} parts.")
        if list_bytes > self.limits.members * 500:
            raise self.error(f"{self.path} is damaged: its list of parts has {list_bytes / 1e6:.0f} MB.")
        file.seek(0)

    def _checked(self, listed: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(listed) > self.limits.members:
            raise self.error(f"{self.path} holds more than {self.limits.members:,} parts.")
        members: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        for info in listed:
            self._check_name(info)
            self._check_size(info)
            key = info.filename.rstrip("/").casefold()
            if key in seen:
                raise self.error(f"{self.path} holds two parts of the name {info.filename!r}.")
            seen.add(key)
            if not info.is_dir():
                members[info.filename] = info
        total = sum(info.file_size for info in members.values())
        if total > self.limits.total_bytes:
            raise self.error(f"{self.path} unpacks to more than {self.limits.total_bytes / 1e6:.0f} MB.")
        return members

    def _check_name(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        parts = name.removesuffix("/").split("/")
        if info.orig_filename != name or not all(_is_plain(part) for part in parts):
            raise self.error(f"{self.path}: a part has the name {name[:80]!r}, which can't be a file in a folder.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self.error(f"{self.path}: its part {name!r} is a link or a device, not a file.")
        if info.flag_bits & 0x1:
            raise self.error(f"{self.path}: its part {name!r} is encrypted.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.error(f"{self.path}: its part {name!r} is packed in a way that is not read here.")

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        if info.file_size > self.limits.member_bytes:
            raise self.error(
                f"{self.path}: its part {info.filename!r} is larger than {self.limits.member_bytes / 1e6:.0f} MB."
            )
        if info.file_size > 1_000_000 and info.file_size > info.compress_size * self.limits.ratio:
            raise self.error(f"{self.path}: its part {info.filename!r} unpacks to far more than it takes.")


def _is_plain(part: str) -> bool:
    return bool(NAME.fullmatch(part)) and not part.startswith("..") and part != "." and not RESERVED.fullmatch(part)


def _size_of(path: Path, limit_bytes: int, error: type[InputError]) -> int:
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    if size == 0 or size > limit_bytes or path.is_dir():
        read_bounded(path, limit_bytes, error)  # says what is wrong
        raise error(f"{path} is empty.")
    return size

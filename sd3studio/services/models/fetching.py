"""One file over HTTP: resumed where it stopped, checked against its hash, never a pickle.

What has come so far is in ``NAME.part``, what it belongs to in ``NAME.part.json``; the file appears under its name only
when it is whole and its hash is right.
"""

import hashlib
import http.client
import json
import shutil
import struct
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sd3studio import __version__
from sd3studio.core.errors import DataError, InputError, JobError
from sd3studio.core.files import read_bounded, write_atomic

FETCHED = (".safetensors", ".onnx", ".json", ".txt")
"""Kinds of file that are fetched; none of them can run code."""

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60.0
PAUSES_S = (0.5, 2.0, 5.0, 15.0)
"""How long to wait before trying again when the line breaks; after as many tries without a byte it is given up."""
MOST_BYTES = 200_000_000_000
SPARE_BYTES = 500_000_000
"""What stays free on the disk."""


def fetch(url: str, target: Path, sha256: str = "") -> Iterator[tuple[int, int]]:
    """Get `url` into the file `target`; yields bytes so far and in all (0 if the server doesn't say).

    Closing the iterator stops; the next call goes on from there. Raises `InputError` for an address or a kind of file
    that is not fetched, `JobError` when it can't be had, `DataError` when the hash is wrong.
    """
    _check_address(url, target, sha256)
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    breaks = 0
    while True:
        before = _size(part)
        try:
            yield from _receive(url, part)
            break
        except (urllib.error.HTTPError, _RefusalError) as error:
            raise JobError(f"{url} can't be had: {_said(error)}.") from error
        except (OSError, http.client.HTTPException) as error:
            breaks = 0 if _size(part) > before else breaks + 1
            if breaks > len(PAUSES_S):
                raise JobError(
                    f"{url} can't be had: {_said(error)}. What has come so far is kept; try again."
                ) from error
            time.sleep(PAUSES_S[max(breaks - 1, 0)])
    _check_content(part, target, sha256)
    part.replace(target)
    _note(part).unlink(missing_ok=True)


class _RefusalError(Exception):
    """The server answers, but not with what is needed."""


def _receive(url: str, part: Path) -> Iterator[tuple[int, int]]:
    """Append to `part` what is still to come. Raises OSError when the line breaks before the end."""
    so_far, tag = _size(part), _noted(part, url)
    if so_far and not tag:  # it can't be told whether the file is still the same
        part.unlink()
        so_far = 0
    headers = {"User-Agent": f"sd3studio/{__version__}", "Accept-Encoding": "identity"}
    if so_far:
        headers |= {"Range": f"bytes={so_far}-", "If-Range": tag}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not so_far:
            raise
        error.close()
        part.unlink()  # more is there than the server has: begin anew
        raise ConnectionError("the server has less than what had come so far") from error
    with answer:
        if not answer.geturl().startswith(("https://", "http://")) or (
            url.startswith("https://") and not answer.geturl().startswith("https://")
        ):
            raise _RefusalError("it leads to an address that is not safe")
        so_far = _start(answer, so_far)
        total = _total(answer, so_far)
        _check_room(part, total, so_far)
        tag = answer.headers.get("ETag", "")
        _write_note(part, url, "" if tag.startswith("W/") else tag)
        yield so_far, total
        with open(part, "ab" if so_far else "wb") as file:
            while chunk := answer.read(CHUNK_BYTES):
                file.write(chunk)
                file.flush()
                so_far += len(chunk)
                if so_far > MOST_BYTES or (total and so_far > total):
                    raise _RefusalError("the server sends more than it said")
                yield so_far, total
        if total and so_far < total:
            raise ConnectionError(f"it broke off at {so_far / 1e6:.1f} of {total / 1e6:.1f} MB")


def _start(answer: Any, so_far: int) -> int:
    """Where the answer begins: at what was asked for, or at 0 if the server sends everything."""
    if answer.status != 206:
        return 0
    said = answer.headers.get("Content-Range", "")
    if not said.startswith(f"bytes {so_far}-"):
        raise _RefusalError(f"the server sends another part than was asked for ({said[:60]!r})")
    return so_far


def _total(answer: Any, so_far: int) -> int:
    length = answer.headers.get("Content-Length", "")
    return so_far + int(length) if length.isdigit() else 0


def _check_address(url: str, target: Path, sha256: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise InputError(f"{url} is not an https address.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1") and not sha256:
        raise InputError(f"{url} is not encrypted; give the file's SHA-256 with it, or an https address.")
    if target.suffix.lower() not in FETCHED:
        raise InputError(
            f"{target.name} is not fetched: only {', '.join(FETCHED)} are, because other kinds of weights can run code."
        )


def _check_room(part: Path, total: int, so_far: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if total - so_far > free - SPARE_BYTES:
        left = (total - so_far) / 1e9
        raise JobError(f"The download has {left:.1f} GB to go, and {free / 1e9:.1f} GB are free at {part.parent}.")


def _check_content(part: Path, target: Path, sha256: str) -> None:
    """Raises `DataError`, and deletes what came, when the hash is wrong or it is no such file at all."""
    with open(part, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest() if sha256 else ""
        file.seek(0)
        start = file.read(16)
    problem = ""
    if found != sha256:
        problem = f"its SHA-256 is {found[:16]}... and should be {sha256[:16]}..."
    elif target.suffix.lower() == ".safetensors" and not _is_safetensors(start, _size(part)):
        problem = "it is not a safetensors file"
    if problem:
        part.unlink()
        _note(part).unlink(missing_ok=True)
        raise DataError(f"{target.name} was deleted: {problem}. Try again; if it stays so, don't use it.")


def _is_safetensors(start: bytes, size: int) -> bool:
    """Whether a file begins as the format says: the length of a JSON header, then the header."""
    if len(start) < 9:
        return False
    (length,) = struct.unpack("<Q", start[:8])
    return start[8:9] == b"{" and length <= size - 8


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _noted(part: Path, url: str) -> str:
    """The tag of the version that `part` is of; empty if that is not known."""
    try:
        note = json.loads(read_bounded(_note(part), 100_000, DataError))
        return str(note["tag"]) if note["url"] == url else ""
    except (DataError, ValueError, KeyError, TypeError):
        return ""


def _write_note(part: Path, url: str, tag: str) -> None:
    write_atomic(_note(part), json.dumps({"url": url, "tag": tag}).encode("utf-8"))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _said(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"the server says {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    return str(reason) or type(error).__name__

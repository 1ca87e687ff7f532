"""Photos with a like scene, and photos that are the same picture twice."""

import itertools
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from sd3studio.core.errors import InputError
from sd3studio.core.searching.signature import WIDTH
from sd3studio.services.library import tables
from sd3studio.services.library.library import Library
from sd3studio.services.library.search import Hit

NEAR_BITS = 6
"""Perceptual hashes that differ in so many of 64 bits at most are near duplicates."""
BANDS = NEAR_BITS + 1
"""Of so many parts of two such hashes at least one is equal."""


class Signatures:
    """The vectors of all scenes of a library, kept until a scene changes."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._stamp: object = None
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._vectors: NDArray[np.float32] = np.zeros((0, WIDTH), np.float32)

    def like(self, photo: int, limit: int = 100) -> list[Hit]:
        """Photos whose scenes are like that of `photo`, best first, without itself. Raises `InputError` without one."""
        self._refresh()
        rows = np.flatnonzero(self._ids == photo)
        if not len(rows):
            raise InputError(f"{self.library.photo(photo).name} has no scene yet. Parse it first.")
        cosines = self._vectors @ self._vectors[rows[0]]
        cosines[rows[0]] = -1.0
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [Hit(int(self._ids[i]), float(cosines[i])) for i in best if cosines[i] > 0.0]

    def _refresh(self) -> None:
        h, p, i = tables.history.c, tables.photos.c, tables.indexes.c
        stamp = self.library.database.rows(select(func.max(h.id)).where(h.what == "scene"))[0][0], self.library.count()
        if stamp == self._stamp:
            return
        gone = select(p.id).where(p.missing == 1)
        query = select(i.photo.label("id"), i.signature).where(i.photo.not_in(gone)).order_by(i.photo)
        whole = [row for row in self.library.database.rows(query) if len(row.signature) == 2 * WIDTH]
        self._ids = np.array([row.id for row in whole], np.int64)
        data = b"".join(row.signature for row in whole)
        self._vectors = np.frombuffer(data, "<f2").reshape(-1, WIDTH).astype(np.float32)
        self._stamp = stamp


def duplicates(library: Library, near_bits: int = NEAR_BITS) -> list[tuple[int, ...]]:
    """Groups of photos that are the same file, or nearly the same picture; each with its oldest first."""
    p = tables.photos.c
    query = select(p.id, p.sha256, p.looks).where(p.missing == 0, p.looks.is_not(None)).order_by(p.id)
    rows = library.database.rows(query)
    groups = _Groups([row.id for row in rows])
    by_file: dict[str, int] = {}
    for row in rows:
        groups.join(by_file.setdefault(row.sha256, row.id), row.id)
    for first, second in _near_pairs(rows, near_bits):
        groups.join(first, second)
    return groups.several()


def _near_pairs(rows: list, near_bits: int):
    """Pairs of ids whose hashes differ in few bits. Flat pictures (all bits alike) tell nothing and are left out."""
    told = [(row.id, row.looks & 0xFFFFFFFFFFFFFFFF) for row in rows]
    told = [(photo, bits) for photo, bits in told if 8 <= bits.bit_count() <= 56]
    bounds = np.linspace(0, 64, BANDS + 1).astype(int).tolist()
    seen = set()
    for low, high in itertools.pairwise(bounds):
        bands: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for photo, bits in told:
            bands[(bits >> low) & ((1 << (high - low)) - 1)].append((photo, bits))
        for members in bands.values():
            for i, (photo, bits) in enumerate(members):
                for other, others in members[i + 1 : i + 200]:
                    if (photo, other) not in seen and (bits ^ others).bit_count() <= near_bits:
                        seen.add((photo, other))
                        yield photo, other


class _Groups:
    """Things that belong together (union-find)."""

    def __init__(self, items: list[int]) -> None:
        self._parent = {item: item for item in items}

    def join(self, a: int, b: int) -> None:
        a, b = self._root(a), self._root(b)
        self._parent[max(a, b)] = min(a, b)

    def several(self) -> list[tuple[int, ...]]:
        found: dict[int, list[int]] = defaultdict(list)
        for item in self._parent:
            found[self._root(item)].append(item)
        return [tuple(sorted(group)) for group in found.values() if len(group) > 1]

    def _root(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

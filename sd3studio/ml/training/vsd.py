"""Pairs of labelled boxes with their predicate, from a VSD file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.scene.predicates import VSD_PREDICATES

MAX_BYTES = 200_000_000
Side = Annotated[float, Field(ge=-1e6, le=1e6)]


class _Triple(BaseModel):
    """A triple; its boxes are ymin, ymax, xmin, xmax px, as VSD has them."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    s: Annotated[str, Field(min_length=1, max_length=500)]
    p: str
    o: Annotated[str, Field(min_length=1, max_length=500)]
    s_bbox: tuple[Side, Side, Side, Side]
    o_bbox: tuple[Side, Side, Side, Side]


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True)
    img_id: str
    triple_list: tuple[_Triple, ...]


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """N pairs: `images`, `subjects` and `objects` are their names, boxes (N, 4) x0, y0, x1, y1 px, `predicates` (N,)
    indices into `VSD_PREDICATES`."""

    images: tuple[str, ...]
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    predicates: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def only(self, rows: Sequence[int]) -> "LabelledPairs":
        """Some of the pairs."""
        names = [tuple(some[k] for k in rows) for some in (self.images, self.subjects, self.objects)]
        return LabelledPairs(*names, *(some[list(rows)] for some in (self.first, self.second, self.predicates)))

    def image_folds(self, folds: int) -> NDArray[np.int64]:
        """(N,) which of the folds each pair belongs to: images in the order of their names, dealt out in turn."""
        place = {name: k % folds for k, name in enumerate(sorted(set(self.images)))}
        return np.array([place[name] for name in self.images], np.int64)


def read_pairs(path: Path) -> LabelledPairs:
    """All triples of a VSD file. Raises `DataError` naming file and field."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no VSD file is.")
        items = TypeAdapter(tuple[_Item, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"The VSD file {path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path} is not a VSD file with boxes: {where}: {first['msg']}") from error
    index = {predicate.value: k for k, predicate in enumerate(VSD_PREDICATES)}
    triples = [(item.img_id, triple) for item in items for triple in item.triple_list]
    strange = next((t.p for _, t in triples if t.p not in index), None)
    if strange is not None:
        raise DataError(f"{path} has the predicate {strange!r}; VSD has only: {', '.join(index)}.")
    if not triples:
        raise DataError(f"{path} has no triples.")
    return LabelledPairs(
        images=tuple(name for name, _ in triples),
        subjects=tuple(t.s.lower() for _, t in triples),
        objects=tuple(t.o.lower() for _, t in triples),
        first=_corners([t.s_bbox for _, t in triples]),
        second=_corners([t.o_bbox for _, t in triples]),
        predicates=np.array([index[t.p] for _, t in triples], np.int64),
    )


def _corners(boxes: list[tuple[float, float, float, float]]) -> NDArray[np.float64]:
    """ymin, ymax, xmin, xmax -> x0, y0, x1, y1."""
    return np.array(boxes, float)[:, [2, 0, 3, 1]]

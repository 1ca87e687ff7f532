"""Pairs of boxes with their predicate from VSD, and from Visual Genome where its words name one of ours."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from sd3studio.core.errors import DataError
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.ml.training.data.annotated import AnnotatedImage
from sd3studio.ml.training.data.phrases import PREPOSITIONS
from sd3studio.ml.training.data.visual_genome import load_visual_genome
from sd3studio.ml.training.vsd import LabelledPairs, read_pairs

MOST_PAIRS = 300_000
VISUAL_GENOME = ("scene_graphs", "relationships")
WORDS: Mapping[str, int] = {
    words: number for number, predicate in enumerate(VSD_PREDICATES) for words in PREPOSITIONS[predicate]
}
"""Words of a relation -> number of the predicate that they name."""


def public_pairs(path: Path) -> LabelledPairs:
    """The pairs of a file of VSD or Visual Genome, or of all such files in a folder; at most `MOST_PAIRS`.

    The same photo in two files of VSD has the same name, so it stays on one side of a split. Raises `DataError` naming
    what can't be used; COCO has boxes but no relations.
    """
    if not path.is_dir():
        return _of_file(path)
    files = sorted(p for p in path.glob("*.json") if "vsd" in p.name.lower() or _is_genome(p))
    if not files:
        raise DataError(
            f"{path} has no relations to learn from: it is no data set of own scenes and has no VSD file with boxes "
            "(vsd_….json) and no scene_graphs.json or relationships.json of Visual Genome. COCO has boxes, but no "
            "relations."
        )
    return _joined([_of_file(file) for file in files])


def pairs_in(images: Iterable[AnnotatedImage]) -> LabelledPairs:
    """Triples of annotated images whose words name a predicate of ours; the others are left out."""
    found = (
        (image.image_id, image.boxes[s], WORDS[" ".join(words.split())], image.boxes[o])
        for image in images
        for s, words, o in image.triples
        if s != o and " ".join(words.split()) in WORDS
    )
    rows = list(islice(found, MOST_PAIRS))
    boxes = np.array([[row[1].box, row[3].box] for row in rows], float).reshape(-1, 2, 4)
    return LabelledPairs(
        images=tuple(row[0] for row in rows),
        subjects=tuple(row[1].label.lower() for row in rows),
        objects=tuple(row[3].label.lower() for row in rows),
        first=boxes[:, 0],
        second=boxes[:, 1],
        predicates=np.array([row[2] for row in rows], np.int64),
    )


def _of_file(path: Path) -> LabelledPairs:
    return pairs_in(load_visual_genome(path)) if _is_genome(path) else read_pairs(path)


def _is_genome(path: Path) -> bool:
    return any(part in path.name for part in VISUAL_GENOME)


def _joined(parts: list[LabelledPairs]) -> LabelledPairs:
    names = [tuple(n for part in parts for n in getattr(part, key)) for key in ("images", "subjects", "objects")]
    arrays = [np.concatenate([getattr(part, key) for part in parts]) for key in ("first", "second", "predicates")]
    joined = LabelledPairs(*names, *arrays)
    return joined if len(joined) <= MOST_PAIRS else joined.only(range(MOST_PAIRS))

"""VSD v1 and v2 (Zhao et al. 2022, 2023) as annotated images: triples with boxes, and captions."""

from pathlib import Path

from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.ml.metrics.sentences import read_vsd
from sd3studio.ml.training.data.annotated import AnnotatedImage, LabelledBox
from sd3studio.ml.training.vsd import read_pairs


def load_vsd(path: Path) -> tuple[AnnotatedImage, ...]:
    """The images of a VSD file, in its order. Raises `DataError` naming file and field.

    Things that several triples of an image name with the same box are one thing.
    """
    items, pairs = read_vsd(path), read_pairs(path)
    images: list[AnnotatedImage] = []
    row = 0
    for item in items:
        boxes: dict[LabelledBox, int] = {}
        triples = []
        for _ in item.triple_list:
            subject = _box(pairs.subjects[row], pairs.first[row].tolist())
            object = _box(pairs.objects[row], pairs.second[row].tolist())
            ends = tuple(boxes.setdefault(thing, len(boxes)) for thing in (subject, object))
            triples.append((ends[0], VSD_PREDICATES[int(pairs.predicates[row])].value, ends[1]))
            row += 1
        images.append(
            AnnotatedImage(image_id=item.img_id, boxes=tuple(boxes), triples=tuple(triples), captions=item.captions)
        )
    return tuple(images)


def _box(label: str, sides: list[float]) -> LabelledBox:
    x0, y0, x1, y1 = sides
    return LabelledBox(label=label, box=(x0, y0, x1, y1))

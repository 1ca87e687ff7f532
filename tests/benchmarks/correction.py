"""How many actions correct what the parser made of photos: a scripted annotator and the edits of the window.

    python tests/benchmarks/correction.py --images DIR --labels DIR [--names FILE] [--photos 20]

The targets are the labels of the photos (YOLO files): class and box of every thing. Per photo the annotator pairs the
parsed things with the targets (best total overlap, at least 0.3), then acts as a person would:

- a corner of the photo box is dragged where it is off by more than a pixel (two opposite corners at most),
- the class is changed where it is another,
- a target that was not found is drawn as a box and its class typed,
- a thing that is no target is deleted.

Each of these is one action; looking and pressing Enter ("it is right") is counted apart. At the end every target
must be there with its class, and its box in space must project onto its photo box: the share that does so to a pixel
is printed.
"""

import argparse
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sd3studio.core.annotation.fitting import misfit_px
from sd3studio.core.annotation.following import with_photo_boxes
from sd3studio.core.annotation.lifting import lift_box
from sd3studio.core.checking.expecting import iou
from sd3studio.core.document import Document
from sd3studio.core.edits import AddObjects, ChangeClass, RemoveObjects, SetFlags
from sd3studio.core.scene import Scene
from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.ml.metrics.yolo_labels import Truth, read_folder
from sd3studio.ml.parsing.photo import parse_many
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.photo.drags import FrameDrag, PhotoEvent

PAIRED_IOU = 0.3
SAME_PX = 1.0

Target = tuple[str, BoxPx]


@dataclass
class Work:
    """What was done, over all photos."""

    targets: int = 0
    photos: int = 0
    per_photo: list[float] = field(default_factory=list)
    actions: dict[str, int] = field(default_factory=dict)
    right: int = 0
    agree: int = 0
    misfits: list[float] = field(default_factory=list)
    drag_ms: list[float] = field(default_factory=list)

    def act(self, name: str) -> None:
        """One action."""
        self.actions[name] = self.actions.get(name, 0) + 1


def correct(scene: Scene, targets: list[Target], work: Work) -> Scene:
    """Bring the scene of a photo to the targets."""
    document = Document(scene)
    document.follow = with_photo_boxes
    before = sum(work.actions.values())
    pairs = paired(scene, targets)
    extra = [thing.id for thing in scene.solid_objects() if thing.id not in pairs.values()]
    for key in extra:
        document.apply(RemoveObjects((key,)))
        work.act("delete")
    for number, (label, box) in enumerate(targets):
        acted = sum(work.actions.values())
        key = pairs.get(number) or draw(document, label, box, work)
        if document.committed.objects[key].label != label:
            document.apply(ChangeClass((key,), label, label))
            work.act("change class")
        drag_corners(document, key, box, work)
        document.apply(SetFlags((key,), checked=True))
        work.right += sum(work.actions.values()) == acted
        judge(document.committed, key, label, box, work)
    work.targets += len(targets)
    work.photos += 1
    work.per_photo.append((sum(work.actions.values()) - before) / max(len(targets), 1))
    return document.committed


def paired(scene: Scene, targets: list[Target]) -> dict[int, str]:
    """Number of a target -> id of the parsed thing that it is."""
    from scipy.optimize import linear_sum_assignment

    things = [thing for thing in scene.solid_objects() if thing.photo_box]
    value = np.zeros((len(targets), len(things)))
    for i, (label, box) in enumerate(targets):
        for j, thing in enumerate(things):
            fit = iou(box, thing.photo_box) if thing.photo_box else 0.0
            value[i, j] = fit + 0.2 * (thing.label == label) if fit >= PAIRED_IOU else 0.0
    rows, columns = linear_sum_assignment(value, maximize=True)
    return {int(i): things[j].id for i, j in zip(rows, columns, strict=True) if value[i, j] > 0}


def draw(document: Document, label: str, box: BoxPx, work: Work) -> str:
    """Draw a box for a thing that is missing, and type its class."""
    scene = document.committed
    key = scene.free_id(label)
    document.apply(AddObjects((lift_box(scene.replace(camera=picture_camera(scene)), box, label, key),)))
    work.act("draw a box")
    work.act("type a class")
    return key


def drag_corners(document: Document, key: str, box: BoxPx, work: Work) -> None:
    """Drag the upper left and the lower right corner of the photo box where they are off, again if in the way."""
    upper, lower = ((-1, -1, 0), box[:2]), ((1, 1, 0), box[2:])
    for signs, corner in (upper, lower, upper):
        scene = document.committed
        camera = picture_camera(scene)
        seen = visible_box(camera, scene.objects[key]) or scene.objects[key].photo_box
        if seen is None:
            continue
        now = seen[:2] if signs[0] < 0 else seen[2:]
        if max(abs(a - b) for a, b in zip(now, corner, strict=True)) <= SAME_PX:
            continue
        start = time.perf_counter()
        step = FrameDrag(camera, scene.objects[key], signs).step(PhotoEvent((corner[0], corner[1])), SnapSteps())
        if step is not None:
            document.apply(step.edit)
        work.drag_ms.append(1e3 * (time.perf_counter() - start))
        work.act("drag a corner")


def judge(scene: Scene, key: str, label: str, box: BoxPx, work: Work) -> None:
    """Whether the target is met: class, photo box, and the projection of the box in space."""
    thing = scene.objects[key]
    assert thing.label == label
    assert thing.photo_box is not None
    miss = misfit_px(picture_camera(scene), thing, box)
    work.misfits.append(miss)
    work.agree += miss <= SAME_PX


def targets_of(truth: Truth, scene: Scene) -> list[Target]:
    """The labels of a photo in pixels."""
    assert scene.photo is not None
    boxes = truth.boxes_px(scene.photo.width, scene.photo.height)
    size = np.array([scene.photo.width, scene.photo.height] * 2, float)
    return [(label, tuple(np.clip(row, 0.0, size).tolist())) for label, row in zip(truth.labels, boxes, strict=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--names", type=Path)
    parser.add_argument("--photos", type=int, default=20, help="the first so many photos that have labels")
    args = parser.parse_args()
    found = read_folder(args.images, args.labels, args.names)
    chosen = [(path, truth) for path, truth in found if truth.labels][: args.photos]
    work = Work()
    for parsed, (_, truth) in zip(parse_many([path for path, _ in chosen]), chosen, strict=True):
        if parsed.result is not None:
            scene = parsed.result.scene
            correct(scene, targets_of(truth, scene), work)
    total = sum(work.actions.values())
    misfit = statistics.median(work.misfits)
    print(f"photos                                   {work.photos}")
    print(f"things to be there (targets)             {work.targets}")
    print(f"right as parsed (only Enter)             {work.right}")
    for name, count in sorted(work.actions.items(), key=lambda item: -item[1]):
        print(f"  {name:38} {count}")
    print(f"actions per object, Enter not counted    {total / work.targets:.2f}")
    print(f"actions per object, median of photos     {statistics.median(work.per_photo):.2f}")
    print(f"projection on the photo box to a pixel   {work.agree} of {work.targets} ({work.agree / work.targets:.1%})")
    print(f"median miss of the projection            {misfit:.3f} px")
    if work.drag_ms:
        print(f"one drag of a corner, all of it          {statistics.median(work.drag_ms):.1f} ms (median)")


if __name__ == "__main__":
    main()

"""Keep the rest: how far a picture is from the one before, outside of what one edit changed, beside drawing all anew.

    python tests/benchmarks/keep_rest.py [--data DIR] [--count 20] [--side 256]

Edits take turns: a thing is moved, recoloured, removed, doubled. DIR is a data set that SD3 mini never saw
(`sd3studio dataset make`); without one the sample scenes are taken. Numbers are in levels of 255.
"""

import argparse
import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from sd3studio.core.locations import RESOURCES
from sd3studio.core.picture_controls import Keep
from sd3studio.core.png import bare_png, read_record
from sd3studio.core.requests import USUAL, GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.generation import run
from sd3studio.ml.generation.keeping import rest_of
from sd3studio.ml.rest import outside
from sd3studio.render.maps import render_maps
from sd3studio.services.scene_files import read_scene_file

SHARES = (0.004, 0.15)
"""Of the picture, that the thing to be edited shows."""
WAY_M = 0.45


def scenes(data: Path | None) -> Iterator[Scene]:
    """Scenes to try, in order."""
    if data is None:
        for path in sorted((RESOURCES / "samples").glob("*.json")):
            yield read_scene_file(path)
        return
    from sd3studio.ml.training.data.shards import Dataset

    for record in Dataset(data).records():
        yield record.scene


def edited(scene: Scene, thing: SceneObject, kind: str) -> Scene:
    """The scene after one edit of a thing."""
    right = scene.camera.axes[0]
    towards = -1.0 if scene.camera.project([thing.center])[0][0, 0] > scene.camera.width / 2 else 1.0
    x, y, z = thing.center
    place = (x + towards * WAY_M * float(right[0]), y + towards * WAY_M * float(right[1]), z)
    if kind == "move":
        return scene.with_objects(thing.replace(center=place))
    if kind == "recolour":
        word, colour = ("blue", (0.14, 0.34, 0.72)) if "blue" not in thing.attributes else ("red", (0.78, 0.13, 0.12))
        return scene.with_objects(thing.replace(attributes=(word,), colour=colour))
    if kind == "remove":
        kept = {key: other for key, other in scene.objects.items() if key != thing.id and other.parent != thing.id}
        relations = tuple(r for r in scene.relations if thing.id not in (r.subject, r.object))
        return scene.replace(objects=kept, relations=relations)
    return scene.with_objects(thing.replace(id=scene.free_id(thing.label), center=place))


def chosen(scene: Scene) -> SceneObject | None:
    """The thing to be edited: the largest in sight among those that show enough and not too much."""
    ids = render_maps(scene, maps=("id",), width=128, height=128).id
    assert ids is not None
    shares = np.bincount(ids.ravel(), minlength=len(scene.objects) + 1) / ids.size
    found = [
        (shares[number], thing)
        for number, thing in enumerate(scene.objects.values(), start=1)
        if thing.kind == "object" and SHARES[0] < shares[number] < SHARES[1]
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def made(request: GenerateImage):
    """The picture, its pixels."""
    *_, last = run(request)
    return last.result, np.asarray(Image.open(io.BytesIO(last.result.png)).convert("RGB"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--side", type=int, default=256)
    args = parser.parse_args()
    usual = USUAL["sd3-mini"]
    size = {"width": args.side, "height": args.side, "steps": usual.steps, "guidance": usual.guidance}
    rows: dict[str, list[tuple[float, ...]]] = {}
    done = 0
    for scene in scenes(args.data):
        thing = chosen(scene)
        if thing is None:
            continue
        kind = ("move", "recolour", "remove", "double")[done % 4]
        result, old = made(GenerateImage(scene=scene, seed=done, **size))
        keep = Keep(
            picture=base64.b64encode(bare_png(result.png)).decode(), scene=scene, tokens=read_record(result.png).tokens
        )
        request = GenerateImage(scene=edited(scene, thing, kind), seed=done, keep=keep, **size)
        kept, _ = made(request)
        rest = rest_of(request, np.array(keep.tokens[""], np.int64))
        assert kept.difference is not None and rest is not None
        told = kept.difference
        fresh, other = (made(request.replace(keep=None, seed=seed))[1] for seed in (done, done + 1_000))
        numbers = (
            told.redrawn, told.mean, told.largest, told.drawn_mean, told.drawn_largest,
            *outside(fresh, old, rest.held.mask), *outside(other, old, rest.held.mask),
        )  # fmt: skip
        rows.setdefault(kind, []).append(numbers)
        done += 1
        if done == args.count:
            break
    print(f"{done} scenes, {args.side} px; mean (largest) difference outside of what was drawn anew, levels of 255")
    print(f"{'edit':10} {'n':>3} {'anew':>6}  {'kept':>14} {'before paste':>14} {'all anew':>14} {'another seed':>14}")
    rows["all"] = [row for some in rows.values() for row in some]
    for kind, some in rows.items():
        mean, largest = np.mean(some, axis=0), np.max(some, axis=0)
        pairs = "".join(f" {mean[k]:7.2f} ({largest[k + 1]:3.0f})" for k in (1, 3, 5, 7))
        print(f"{kind:10} {len(some):3} {mean[0]:6.1%} {pairs}")


if __name__ == "__main__":
    main()

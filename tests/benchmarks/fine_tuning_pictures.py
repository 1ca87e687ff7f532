"""Do pictures take on the looks of one's own rooms? `python tests/benchmarks/fine_tuning_pictures.py [STEPS ...]`.

STEPS LEARNT JUDGED are 100 64 16 by default. Composed rooms are repainted in a palette that SD3 mini was never shown,
which no word of theirs tells, in a low warm light. The painter and the picture's diffusion are tuned on some of them;
held-out rooms are then drawn before and after with the same seed and compared with how they really look. Printed is the
mean absolute difference of the colours (of 255), and by how much it falls, with 95 % intervals over the rooms.
"""

import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
SIDE, SAMPLER_STEPS, GUIDANCE = 128, 8, 2.0
USUAL = (100, 64, 16)
WALLS, FLOORS = (0.80, 0.62, 0.90), (0.25, 0.12, 0.38)
THINGS = ((0.98, 0.45, 0.40), (0.42, 0.88, 0.74), (0.98, 0.83, 0.35))


def main() -> None:
    from sd3studio.core.training.run import RunRequest
    from sd3studio.ml.shipped import mini
    from sd3studio.ml.training.data.own import OwnScene, make_own_dataset
    from sd3studio.ml.training.data.records import SampleSettings
    from sd3studio.ml.training.goals import sd3

    given = [int(word) for word in sys.argv[1:4]]
    steps, learnt, judged = (*given, *USUAL[len(given) :])
    settings = SampleSettings(size_px=SIDE, captions=3)
    train: list[OwnScene] = []
    dev: list[OwnScene] = []
    for k in count():
        one = OwnScene(f"room-{k}", repainted(k))
        (train if one.split == "train" else dev).append(one)
        if len(train) >= learnt and len(dev) >= judged:
            break
    train, dev = train[:learnt], dev[:judged]
    with tempfile.TemporaryDirectory() as name:
        make_own_dataset(Path(name) / "set", train, settings)
        stages = "image_decoder,image_diffusion"
        request = RunRequest(goal="sd3", config="fine-tuning", only=stages, data=f"{name}/set", steps=steps)
        begun = time.perf_counter()
        for _ in sd3.run(request, Path(name) / "run"):
            pass
        took = time.perf_counter() - begun
        parts = ("graph_codec", "image_codec", "image_diffusion")
        before, after = (_errors(dev, mini(*parts, folder=folder)) for folder in (None, Path(name) / "run" / "result"))
    print(f"{len(train)} rooms, {steps} steps of each stage in {took:.0f} s; {len(dev)} held-out rooms")
    for title, values in (("before", before), ("after", after), ("falls by", before - after)):
        print(f"{title:10} {_told(values)}")


def repainted(seed: int):
    """A composed room in the new palette and light."""
    from sd3studio.core.language.colours import COLOURS
    from sd3studio.core.synthesis import compose

    scene = compose("rooms", seed, SIDE)
    number, objects = count(), {}
    for key, thing in scene.objects.items():
        if thing.kind == "object":
            colour = THINGS[next(number) % len(THINGS)]
        else:
            colour = WALLS if "wall" in thing.label else FLOORS
        words = tuple(word for word in thing.attributes if word not in COLOURS)
        objects[key] = thing if thing.kind == "concept" else thing.replace(colour=colour, attributes=words)
    light = scene.light.replace(elevation=0.35, sun=0.9, ambient=0.3)
    return scene.replace(objects=objects, light=light)


def _errors(rooms, system) -> np.ndarray:
    """Mean absolute difference of each room's picture from its true one."""
    from sd3studio.ml.image_path import sample_picture
    from sd3studio.render.maps import render_maps

    found = []
    for one in rooms:
        scene = one.scene.replace(camera=one.scene.camera.replace(width=SIDE, height=SIDE))
        true = render_maps(scene, maps=("rgb",)).rgb
        plain = scene.replace(objects={key: thing.replace(colour=None) for key, thing in scene.objects.items()})
        *_, last = sample_picture(plain, "", 0, SAMPLER_STEPS, GUIDANCE, SIDE, SIDE, system)
        found.append(np.abs(last.pixels.astype(float) - true.astype(float)).mean())
    return np.array(found)


def _told(values: np.ndarray) -> str:
    from sd3studio.ml.metrics.bootstrap import mean_interval

    low, high = mean_interval(values) or (0.0, 0.0)
    return f"{values.mean():.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()

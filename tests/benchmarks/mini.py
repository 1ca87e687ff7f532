"""How long SD3 mini takes for a 3D graph, a caption and a picture, loaded and warm, on two threads.

python tests/benchmarks/mini.py
"""

import time
from collections.abc import Callable

import torch

from sd3studio.core.locations import RESOURCES
from sd3studio.core.requests import USUAL
from sd3studio.ml.shipped import mini
from sd3studio.services.scene_files import read_scene_file

REPEATS = 5
CAPTIONS = 12
SIZES_PX = (256, 512)


def seconds(work: Callable[[int], object]) -> float:
    """Of one call, the mean over `REPEATS` after one that isn't counted; `work` gets a number to vary."""
    work(0)
    start = time.perf_counter()
    for number in range(1, REPEATS + 1):
        work(number)
    return (time.perf_counter() - start) / REPEATS


def main() -> None:
    torch.set_num_threads(2)
    from sd3studio.ml.graph_path import complete, graph_of_scene
    from sd3studio.ml.image_path import sample_picture
    from sd3studio.ml.text_path import captions

    scene = read_scene_file(RESOURCES / "samples" / "living-room.json")
    system = mini("graph_codec", "graph_diffusion")
    graph = graph_of_scene(scene)
    print(f"3D graph            {seconds(lambda seed: complete(graph, scene.title, seed, system)):.2f} s")
    system = mini("graph_codec", "text_codec", "text_diffusion")
    print(f"caption             {seconds(lambda seed: captions(scene, CAPTIONS, seed, system)) / CAPTIONS:.2f} s")
    system, usual = mini("graph_codec", "image_codec", "image_diffusion"), USUAL["sd3-mini"]
    for side in SIZES_PX:
        taken = seconds(
            lambda seed, side=side: list(
                sample_picture(scene, "", seed, usual.steps, usual.guidance, side, side, system)
            )
        )
        print(f"picture {side} x {side}   {taken:.2f} s")


if __name__ == "__main__":
    main()

"""The Render backend: our own renderer at its best, honest about being a render."""

from collections.abc import Iterator

from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.requests import GenerateImage
from sd3studio.ml.generation.pictures import result_of, scene_for

IS_A_RENDER = "This picture is a render of the layout, not made by a network."


def generate(request: GenerateImage) -> Iterator[JobMessage]:
    """Draw the scene with textures, soft shadows and ambient occlusion. Seed and prompt change nothing."""
    from sd3studio.render.maps import render_maps

    yield Progress(0, total=1, text="Drawing the scene")
    scene = scene_for(request, request.width, request.height)
    maps = render_maps(scene, maps=("rgb",), width=request.width, height=request.height, quality="final")
    yield Note(IS_A_RENDER)
    yield Progress(1, total=1, text="Drawn")
    yield Finished(result_of(request, maps.rgb, notes=(IS_A_RENDER,)))

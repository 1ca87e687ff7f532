"""The Render backend: our own renderer at its best, honest about being a render."""

from collections.abc import Iterator

from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.requests import GenerateImage
from sd3studio.ml.generation.keeping import rest_of
from sd3studio.ml.generation.pictures import result_of, scene_for

IS_A_RENDER = "This picture is a render of the layout, not made by a network."


def generate(request: GenerateImage) -> Iterator[JobMessage]:
    """Draw the scene with textures, soft shadows and ambient occlusion. Seed and prompt change nothing."""
    from sd3studio.render.maps import render_maps

    yield Progress(0, total=1, text="Drawing the scene")
    rest = rest_of(request)
    width, height = rest.size if rest else (request.width, request.height)
    pixels = render_maps(scene_for(request, width, height), maps=("rgb",), quality="final").rgb
    assert pixels is not None
    notes = [IS_A_RENDER, *(rest.notes(request) if rest else ())]
    difference = None
    if rest is not None:
        pixels, difference = rest.finished(pixels)
        notes.insert(0, difference.sentence)
    yield from (Note(text) for text in notes)
    yield Progress(1, total=1, text="Drawn")
    yield Finished(result_of(request, pixels, notes=tuple(notes), difference=difference))

"""A scene and what it leaves open -> the scene with likely companions, each marked as added by the model."""

from collections.abc import Iterator

from sd3studio.core.messages import Finished, JobMessage, Note, Progress, SceneResult
from sd3studio.core.requests import CompleteScene
from sd3studio.ml.shipped import mini


def run(request: CompleteScene) -> Iterator[JobMessage]:
    """Fill in a scene; ends in `Finished(SceneResult)`. Raises `MissingModelError` without the weights."""
    yield Progress(0, 2, "Sampling a fuller graph")
    from sd3studio.ml.generation.companions import PARTS

    system = mini(*PARTS)
    from sd3studio.core.language.captions import captions_of
    from sd3studio.ml.graph_path import fill_in

    filled, notes = fill_in(request.scene, request.sentence, request.seed, system)
    yield Progress(1, 2, "Placing what is new")
    for note in notes:
        yield Note(note)
    yield Progress(2, 2, "Done")
    yield Finished(SceneResult(filled, captions_of(filled, seed=request.seed), notes))

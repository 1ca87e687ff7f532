"""A scene -> sentences by the text diffusion and its decoder, each checked against the geometry."""

from collections.abc import Iterator

from sd3studio.core.messages import CaptionsResult, Finished, JobMessage, Progress
from sd3studio.core.requests import WriteCaptions
from sd3studio.ml.shipped import mini

PARTS = ("graph_codec", "text_codec", "text_diffusion")


def run(request: WriteCaptions) -> Iterator[JobMessage]:
    """Write the sentences; ends in `Finished(CaptionsResult)`. Raises `MissingModelError` without the weights."""
    yield Progress(0, 1, "Writing sentences")
    system = mini(*PARTS)
    from sd3studio.ml.text_path import captions

    written = captions(request.scene, request.limit, request.seed, system)
    replaced = sum(caption.maker == "rule" for caption in written)
    notes = (f"{replaced} of {len(written)} sentences are made by rule: what the model wrote did not pass the check.",)
    yield Progress(1, 1, "Written")
    yield Finished(CaptionsResult(written, notes if replaced else ()))

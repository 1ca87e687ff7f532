"""A scene -> sentences by the text diffusion and its decoder, each checked against the geometry."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from sd3studio.core.messages import CaptionsResult, Finished, JobMessage, Progress
from sd3studio.core.requests import WriteCaptions
from sd3studio.core.training.in_use import stamp_of
from sd3studio.ml.shipped import mini, require

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
    yield Finished(CaptionsResult(written, notes if replaced else (), _hashes(require(*PARTS))))


def _hashes(folder: Path) -> dict[str, str]:
    """File of weights -> SHA-256, of the parts that write."""
    return _hashed(folder, stamp_of(folder))


@lru_cache(maxsize=4)
def _hashed(folder: Path, stamp: tuple[int, int]) -> dict[str, str]:
    from sd3studio.ml.generation.diffusers_folders import hashes_of

    return {name: value for name, value in hashes_of(folder).items() if name.split("/")[0] in PARTS}

"""The solver as a job, so that a window stays alive while a contradiction is searched for."""

from collections.abc import Iterator

from sd3studio.core.layout.satisfying import satisfy
from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.requests import SatisfyRelations


def run(request: SatisfyRelations) -> Iterator[JobMessage]:
    """Ends in `Finished` with a `Layout`."""
    yield Progress(0, 1, "Looking for a layout")
    yield Finished(satisfy(request.scene, request.wishes, keep=request.keep))

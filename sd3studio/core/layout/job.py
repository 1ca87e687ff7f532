"""The solver as jobs, so that a window stays alive while a contradiction is searched for."""

from collections.abc import Iterator

from sd3studio.core.layout.explaining import explain
from sd3studio.core.layout.satisfying import satisfy
from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.requests import ExplainConflicts, SatisfyRelations


def run(request: SatisfyRelations) -> Iterator[JobMessage]:
    """Ends in `Finished` with a `Layout`."""
    yield Progress(0, 1, "Looking for a layout")
    yield Finished(satisfy(request.scene, request.wishes, keep=request.keep))


def run_explaining(request: ExplainConflicts) -> Iterator[JobMessage]:
    """Ends in `Finished` with an `Explanation`, or with None if there is nothing to explain."""
    yield Progress(0, 1, "Looking for what clashes")
    yield Finished(explain(request.scene, request.limit_s))

"""A job function for the tests of the queue on disk: it does what the request's text says.

``"finish X"``, ``"fail"``, ``"wait PATH"`` (until there is such a file, a message every 10 ms), ``"count PATH"`` (one
more line in the file, then done).
"""

import time
from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.errors import MissingModelError
from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.requests import ParseText

KEPT_JOB = "kept_jobs:run"


def run(request: ParseText) -> Iterator[JobMessage]:
    """Do what the text says."""
    word, _, rest = request.text.partition(" ")
    match word:
        case "fail":
            raise MissingModelError("There is no model at /nowhere. Put one there.")
        case "wait":
            while not Path(rest).exists():
                time.sleep(0.01)
                yield Progress(1, 2)
        case "count":
            with open(rest, "a", encoding="utf-8") as file:
                file.write("run\n")
    yield Finished(rest)

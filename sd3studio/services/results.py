"""Results of kept jobs as files: a picture is written before its job counts as done, always under the same name.

So a kill between the two makes the same picture once more, over the same file, and never loses one.
"""

import re
import time
from pathlib import Path
from typing import Any

from sd3studio.core.errors import JobError, PhotoError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.messages import ImageResult
from sd3studio.core.requests import GenerateImage
from sd3studio.services.jobs import StoredJob

MAX_PICTURE_BYTES = 256_000_000


class PictureKeeper:
    """Keeps pictures in a folder, or in the file that was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, job: StoredJob, request: GenerateImage) -> Path:
        """The file of a job's picture: by the time at which it was queued, name, and number."""
        if job.output:
            return Path(job.output)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(job.added_s))
        name = re.sub(r"[^\w.+-]+", "-", job.name).strip("-.")[:80] or f"{request.backend}-{request.seed}"
        return self.folder / f"{stamp}-{name}-{job.id}.png"

    def keep(self, job: StoredJob, request: Any, result: Any) -> str:
        """Write the picture; returns its path. Raises `StudioError` naming the file."""
        if not isinstance(result, ImageResult):
            raise JobError(f"Job {job.number} gave {type(result).__name__} where a picture was expected.")
        path = self.path_of(job, request)
        write_atomic(path, result.png)
        return str(path)

    def recall(self, job: StoredJob, request: Any) -> ImageResult:
        """The picture of a job that is done. Raises `PhotoError` when its file is gone."""
        png = read_bounded(Path(job.result), MAX_PICTURE_BYTES, PhotoError)
        is_render = request.backend == "render"
        return ImageResult(png, request.width, request.height, request.seed, request.backend, is_render, request.prompt)

"""Request -> picture. Each backend is one entry of `BACKENDS` and one module here.

A backend is a generator function ``generate(request) -> Iterator[JobMessage]``; it ends with ``Finished(ImageResult)``.
"""

from collections.abc import Callable, Iterator, Mapping

from sd3studio.core.errors import MissingModelError
from sd3studio.core.messages import JobMessage
from sd3studio.core.requests import GenerateImage
from sd3studio.ml.generation import diffusers_backend, render, sd3_mini

BACKENDS: Mapping[str, Callable[[GenerateImage], Iterator[JobMessage]]] = {
    "render": render.generate,
    "diffusers": diffusers_backend.generate,
    "sd3-mini": sd3_mini.generate,
}


def run(request: GenerateImage) -> Iterator[JobMessage]:
    """Make the picture that is asked for. Raises `MissingModelError` for a backend that is not installed."""
    backend = BACKENDS.get(request.backend)
    if backend is None:
        raise MissingModelError(
            f"The weights of the backend {request.backend!r} are not installed. Available are: {', '.join(BACKENDS)}."
        )
    yield from backend(request)

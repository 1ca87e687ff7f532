"""Generate until it holds: seed after seed, each picture checked, until one is good enough or the budget ends.

Later pictures of SD3 mini are drawn more freely (`freedom_of`): its seeds alone differ in little that a detector sees.
"""

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from sd3studio.core.checking import CheckReport, rank_key
from sd3studio.core.errors import JobError
from sd3studio.core.messages import Finished, ImageResult, JobMessage, Note, Progress, Try, UntilResult
from sd3studio.core.png import read_record
from sd3studio.core.requests import GenerateImage, GenerateUntil
from sd3studio.ml.checking import checker_of, reduced
from sd3studio.ml.generation import run as generate_image

FREE_AFTER = 4
"""The first picture is as usual, those after it freer and freer: so many later as free as may be."""
LARGEST_SEED = 2**63 - 1
SEED_CHANGES_NOTHING = "A render is the same for every seed, so one picture was made."

Generator = Callable[[GenerateImage], Iterator[JobMessage]]


def run(request: GenerateUntil) -> Iterator[JobMessage]:
    """Search; ends in ``Finished(UntilResult)`` with all pictures, best first.

    `Progress` counts pictures; that of a finished one says its seed and score and has the picture, as PNG with its
    record, in `preview`: so each can be kept at once.
    """
    yield from search(request, generate_image)


def search(request: GenerateUntil, generate: Generator) -> Iterator[JobMessage]:
    """`run` with the function that makes the pictures."""
    tries: list[Try] = []
    notes: dict[str, None] = {}
    budget = 1 if request.request.backend == "render" else request.budget
    for number in range(budget):
        seed = (request.request.seed + number) % (LARGEST_SEED + 1)
        picture: ImageResult | None = None
        for message in generate(request.request.replace(seed=seed, freedom=freedom_of(number, request.request))):
            if isinstance(message, Finished):
                picture = message.result
            elif isinstance(message, Progress):
                text = f"seed {seed}: {message.text or f'step {message.step} of {message.total}'}"
                yield Progress(number, budget, text, message.preview)
            elif isinstance(message, Note) and message.text not in notes:
                notes[message.text] = None
                yield message
        if picture is None:
            raise JobError(f"The backend {request.request.backend!r} ended without a picture for seed {seed}.")
        report = _checked(request, picture)
        tries.append(Try(seed, picture.png, report))
        good = is_good(report, request)
        yield Progress(number + 1, budget, told(seed, report), picture.png)
        if good:
            break
    if budget < request.budget:
        notes[SEED_CHANGES_NOTHING] = None
        yield Note(SEED_CHANGES_NOTHING)
    best = sorted(tries, key=lambda done: (is_good(done.report, request), *rank_key(done.report)), reverse=True)
    yield Finished(UntilResult(tuple(best), is_good(best[0].report, request), tuple(notes)))


def freedom_of(number: int, first: GenerateImage) -> float:
    """How freely the picture of a number (from 0 on) is drawn: seeds alone change little where nothing is left open."""
    return min(1.0, first.freedom + number / FREE_AFTER)


def is_good(report: CheckReport, request: GenerateUntil) -> bool:
    """Whether a picture reaches the score and, if asked, the number of relations (all, where there are fewer)."""
    wanted = min(request.relations or 0, len(report.relations))
    return report.score >= request.target and report.holding >= wanted


def told(seed: int, report: CheckReport) -> str:
    """One line about a picture: seed, score, and what it is made of."""
    counts = report.counts()
    asked = sum(thing.verdict != "extra" for thing in report.objects)
    return (
        f"seed {seed}: score {report.score:.2f}, {counts['found']} of {asked} objects found, "
        f"{report.holding} of {len(report.relations)} relations hold"
    )


def _checked(request: GenerateUntil, picture: ImageResult) -> CheckReport:
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB"))
    if picture.backend != "render":
        pixels = reduced(pixels)
    checker = checker_of(request.request.scene, pixels.shape[1], pixels.shape[0], request.detector, request.derived)
    report = checker.check(pixels, read_record(picture.png), request.reader, name=f"seed {picture.seed}")
    return report.scaled(picture.width, picture.height)

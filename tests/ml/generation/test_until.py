"""Generate until it holds: seeds are tried and ranked."""

from collections.abc import Iterator

import numpy as np
import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import JobError
from sd3studio.core.messages import Finished, JobMessage, Note, Progress, UntilResult
from sd3studio.core.png import is_png, read_record
from sd3studio.core.requests import GenerateImage, GenerateUntil
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation.pictures import result_of
from sd3studio.ml.generation.until import run, search
from sd3studio.render.maps import render_maps

pytestmark = pytest.mark.gl


def _thing(label: str, x: float, y: float) -> SceneObject:
    return shipped_catalogue().of_category(label)[0].as_object(label, x, y)


def scene() -> Scene:
    camera = Camera(position=(0.0, -7.0, 1.6), target=(0.0, 0.0, 0.8), width=448, height=320)
    return Scene.of([_thing("person", -1.2, -1.0), _thing("dog", 1.0, -2.5).replace(yaw=1.2)], camera=camera)


class Backend:
    """Makes the right picture for one seed only; all others lack the dog."""

    def __init__(self, good: int) -> None:
        self.good = good
        self.asked: list[int] = []
        self.freedoms: list[float] = []

    def __call__(self, request: GenerateImage) -> Iterator[JobMessage]:
        self.asked.append(request.seed)
        self.freedoms.append(request.freedom)
        yield Progress(0, 1, "thinking")
        yield Note("a doubt")
        shown = request.scene
        if request.seed != self.good:
            shown = shown.replace(objects={"person": shown.objects["person"]})
        pixels = render_maps(shown, maps=("rgb",), width=request.width, height=request.height).rgb
        yield Finished(result_of(request, np.ascontiguousarray(pixels)))


def asked(**fields: object) -> GenerateUntil:
    request = GenerateImage(scene=scene(), backend="diffusers", width=448, height=320, seed=5)
    return GenerateUntil(request=request, **fields)


def ended(messages: list[JobMessage]) -> UntilResult:
    assert isinstance(messages[-1], Finished)
    return messages[-1].result


def test_later_pictures_are_drawn_more_freely() -> None:
    backend = Backend(good=1)
    list(search(asked(target=1.0, budget=6), backend))
    assert backend.freedoms == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_seeds_are_tried_until_one_is_good_and_the_best_comes_first() -> None:
    backend = Backend(good=7)
    messages = list(search(asked(target=0.9, budget=6), backend))
    result = ended(messages)
    assert backend.asked == [5, 6, 7] and result.reached
    assert [done.seed for done in result.tries] == [7, 5, 6]
    assert result.tries[0].report.score == 1.0 > result.tries[1].report.score
    assert read_record(result.tries[0].png).request.seed == 7
    assert [m.text for m in messages if isinstance(m, Note)] == ["a doubt"]
    done = [m for m in messages if isinstance(m, Progress) and m.preview is not None]
    assert [m.step for m in done] == [1, 2, 3] and all(is_png(m.preview or b"") for m in done)
    assert done[-1].text.startswith("seed 7: score 1.00, 2 of 2 objects found")


def test_the_budget_ends_the_search() -> None:
    backend = Backend(good=99)
    result = ended(list(search(asked(target=0.9, budget=2), backend)))
    assert backend.asked == [5, 6] and not result.reached and len(result.tries) == 2


def test_a_number_of_relations_can_be_asked_for() -> None:
    backend = Backend(good=6)
    result = ended(list(search(asked(target=0.0, relations=1, budget=3), backend)))
    assert backend.asked == [5, 6] and result.tries[0].seed == 6
    assert result.tries[0].report.holding >= 1 > result.tries[1].report.holding


def test_a_backend_without_a_picture_is_an_error() -> None:
    with pytest.raises(JobError, match="seed 5"):
        list(search(asked(), lambda request: iter(())))


def test_a_render_is_made_once_and_holds() -> None:
    request = GenerateImage(scene=scene(), backend="render", width=320, height=256, seed=3)
    messages = list(run(GenerateUntil(request=request, target=0.9, budget=20)))
    result = ended(messages)
    assert result.reached and [done.seed for done in result.tries] == [3]
    assert result.tries[0].report.score == 1.0 and result.notes

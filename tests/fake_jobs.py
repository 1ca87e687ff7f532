"""Scriptable stand-ins for the engine's jobs; they keep what they were asked."""

import io
import time

import numpy as np
from PIL import Image

from sd3studio.core.checking import CheckReport, ObjectCheck
from sd3studio.core.edits import RemoveObjects
from sd3studio.core.messages import (
    CaptionsResult,
    CheckResult,
    DraftResult,
    EditResult,
    Finished,
    ImageResult,
    MaskResult,
    NamesResult,
    Progress,
    SceneResult,
    Try,
    UntilResult,
)
from sd3studio.core.png import embed_record
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.masks import encode_mask
from sd3studio.core.scene.values import Provenance

asked = []
fail_with: list[Exception] = []


def two_things() -> Scene:
    """A cup on a table."""
    table = SceneObject(id="table", label="table", category="dining table", center=(0, 0, 0.4), size=(1.4, 0.8, 0.8))
    cup = SceneObject(id="cup", label="cup", category="cup", center=(0, 0, 0.85), size=(0.08, 0.08, 0.1))
    return Scene.of([table, cup], relations=(Relation(subject="cup", predicate=Predicate.ON, object="table"),))


def _start(request):
    asked.append(request)
    yield Progress(0, 2, "Beginning")
    if fail_with:
        raise fail_with.pop(0)


def parse_photo(request):
    yield from _start(request)
    yield Finished(SceneResult(two_things(), notes=("The focal length is assumed.",)))


def parse_text(request):
    yield from _start(request)
    yield Finished(SceneResult(two_things().replace(sentence=request.text)))


def complete_scene(request):
    yield from _start(request)
    lamp = SceneObject(
        id=request.scene.free_id("lamp"), label="lamp", category="lamp", center=(1.5, 0, 0.5), size=(0.3, 0.3, 1.0),
        provenance=Provenance(source="model", score=0.7),
    )  # fmt: skip
    yield Finished(SceneResult(request.scene.with_objects(lamp), notes=("1 thing was added.",)))


def check_picture(request):
    yield from _start(request)
    yield Finished(CheckResult(_report(0.75)))


def generate_until(request):
    yield from _start(request)
    tries = []
    for seed, score in ((3, 1.0), (2, 0.5)):
        picture = io.BytesIO()
        Image.new("RGB", (64, 48), (90, 20 * seed, 160)).save(picture, "PNG")
        png = embed_record(picture.getvalue(), request.request.replace(seed=seed))
        tries.append(Try(seed, png, _report(score)))
    yield Finished(UntilResult(tuple(tries), reached=True))


def edit_by_text(request):
    yield from _start(request)
    edit = RemoveObjects(("cup",))
    yield Finished(EditResult(edit.apply(request.scene), edit, "Removed the cup.", touched=()))


def _report(score):
    """A report with this score: of four things so many are found."""
    things = tuple(
        ObjectCheck(id=f"thing-{k}", label="thing", verdict="found" if k < round(4 * score) else "missing")
        for k in range(4)
    )
    return CheckReport(picture="p.png", width=64, height=48, reader="detectors", detector="a fake", objects=things)


def write_captions(request):
    yield from _start(request)
    yield Finished(CaptionsResult((Caption(text="A cup stands on the table.", maker="model"),)))


def generate_image(request):
    yield from _start(request)
    picture = io.BytesIO()
    Image.new("RGB", (request.width // 8, request.height // 8), (90, 120, 160)).save(picture, "PNG")
    yield Progress(1, 2, "Half done", preview=picture.getvalue())
    png = embed_record(picture.getvalue(), request)
    yield Finished(ImageResult(png, request.width, request.height, request.seed, request.backend, is_render=True))


def never_ends(request):
    """A picture that is being made for ever."""
    while True:
        yield Progress(1, 2, "Half done")
        time.sleep(0.02)


def name_box(request):
    yield from _start(request)
    yield Finished(NamesResult((("chair", 0.8), ("couch", 0.3))))


def cut_out(request):
    yield from _start(request)
    x0, y0, x1, y1 = (round(v) for v in request.box)
    pixels = np.zeros((480, 640), bool)
    pixels[y0:y1, x0:x1] = True
    yield Finished(MaskResult(encode_mask(pixels)))


def draft_image(request):
    yield from _start(request)
    picture = io.BytesIO()
    Image.new("RGB", (32, 24), (200, 120, 60)).save(picture, "JPEG")
    tokens = {"": (1, 1), **{key: request.tokens.get(key, (len(asked), 0)) for key in request.request.scene.objects}}
    yield Finished(DraftResult(picture.getvalue(), 32, 24, tokens))

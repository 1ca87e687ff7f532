"""A canvas without a window: picks by boxes and remembers what it is to show."""

import numpy as np

from sd3studio.core.document import Document
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes, ray_hits
from sd3studio.ui.canvas.tools.base import Feedback, PointerEvent, SnapSteps, SurfacePoint
from sd3studio.ui.canvas.tools.pointer import PointerTool

CAMERA = Camera(position=(0, -6, 3), target=(0, 0, 0.5), width=800, height=600)


class FakeCanvas:
    """Picks by boxes; remembers the feedback."""

    def __init__(self):
        table = SceneObject(id="table", label="table", center=(0, 0, 0.4), size=(1.4, 0.8, 0.8))
        cup = SceneObject(id="cup", label="cup", center=(0.3, 0, 0.85), size=(0.1, 0.1, 0.1))
        plant = SceneObject(id="plant", label="plant", center=(2, 1, 0.5), size=(0.4, 0.4, 1.0), locked=True)
        self.document = Document(Scene.of([table, cup, plant]))
        self.snap = SnapSteps()
        self.magnetism = False
        self.feedback = Feedback()
        self.corrections = {}

    def last_word(self, before, ids):
        return self.corrections.get(ids)

    def pick(self, position_px):
        things = list(self.document.scene.objects.values())
        hits = ray_hits(Boxes.of(things), *CAMERA.ray(position_px))
        return things[int(hits.argmin())].id if np.isfinite(hits.min()) else None

    def within(self, rectangle_px):
        x0, y0, x1, y1 = rectangle_px
        things = self.document.scene.objects.values()
        pixels, _ = CAMERA.project([thing.center for thing in things])
        return tuple(t.id for t, (x, y) in zip(things, pixels, strict=True) if x0 <= x <= x1 and y0 <= y <= y1)

    def carried_by(self, ids):
        return tuple(dict.fromkeys([*ids, *(["cup"] if "table" in ids else [])]))

    def surface(self, position_px):
        things = list(self.document.scene.objects.values())
        origin, direction = CAMERA.ray(position_px)
        hits = ray_hits(Boxes.of(things), origin, direction)
        if np.isfinite(hits.min()):
            return SurfacePoint(tuple(origin + hits.min() * direction), things[int(hits.argmin())].id)
        point = PointerEvent(position_px, CAMERA).on_plane((0, 0, 0), (0, 0, 1))
        return None if point is None else SurfacePoint(tuple(point))

    def show_feedback(self, feedback):
        self.feedback = feedback


def at(point, dx=0.0, dy=0.0, **keys):
    pixel, _ = CAMERA.project(point)
    return PointerEvent((float(pixel[0]) + dx, float(pixel[1]) + dy), CAMERA, **keys)


def drag(canvas, start, *moves, gizmo=None):
    tool = PointerTool(canvas)
    tool.press(start, gizmo)
    for move in moves:
        tool.move(move)
    return tool

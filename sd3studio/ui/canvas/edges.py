"""The relations in the 3D view: arrows coloured by what they are, with words at their middles, found by the cursor."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from OpenGL import GL
from pyqtgraph.opengl.GLGraphicsItem import GLGraphicsItem
from PySide6.QtGui import QColor

from sd3studio.core.relations.listing import STATES, Listed, State
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import RelationKey, Scene
from sd3studio.render.edges import ARROW, EdgeBatch, edge_ends, lanes_of
from sd3studio.ui import theme
from sd3studio.ui.canvas.items import Lines, box_segments
from sd3studio.ui.canvas.marks import Tag, has_room
from sd3studio.ui.canvas.tools.base import short_name

MOST_DERIVED = 12
"""So many derived relations are drawn unless all are asked for; else a room is a tangle."""
REACH_PX = 6.0
"""How far from an arrow the cursor still points at it."""
MOST_WORDS = 28
"""Words at arrows at most; the important and the long ones first."""
LETTER_PX = 7.0
STYLES: dict[State, tuple[float, float]] = {
    "in conflict": (2.8, 7.0), "kept": (2.8, 0.0), "asserted": (2.2, 0.0), "parsed": (2.0, 0.0), "derived": (1.4, 4.0),
}  # fmt: skip
"""Width and dash length, px. Conflicts are dashed too, for those who don't tell red from green."""
HEAD_PX = 13.0
MANY = 600
"""More arrows than these are drawn thin, without rims: they would cover the scene, and take long."""
THIN = np.array([0.55, 1.0, 1.0, 0.6])
"""Factors of width, lane, dash and head then."""


class EdgesItem(GLGraphicsItem):
    """All arrows as one item of a pyqtgraph view. `matrix` and `size_px` are set by the view before it paints."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = EdgeBatch()
        self.view_of: Callable[[], tuple[np.ndarray, tuple[int, int], float]] | None = None
        self.setDepthValue(20)

    def paint(self) -> None:
        if self.view_of is not None:
            self.batch.draw(*self.view_of())
            self.view().default_vao.bind()
            GL.glEnable(GL.GL_DEPTH_TEST)


class RelationEdges:
    """What one view draws of the relations.

    Attributes
    ----------
    on, only_selection, every_derived : whether arrows are drawn, only those of the selection, all that is derived
    hovered : key of the relation under the cursor, here or in the list
    """

    def __init__(self) -> None:
        self.item, self.pair = EdgesItem(), Lines(1.8, on_top=True)
        self.on = self.only_selection = self.every_derived = False
        self.hovered: RelationKey | None = None
        self.rows: tuple[Listed, ...] = ()
        self.shown: tuple[Listed, ...] = ()
        self.made_of: object = None
        self._of_scene: object = None
        self._switches: tuple[object, ...] = ()
        self._ends = np.zeros((2, 0, 3))
        self._camera = Camera()
        self._pixels: np.ndarray | None = None
        self._lanes, self._ranks, self._styles = np.zeros(0), np.zeros(0, np.intp), np.zeros(0, ARROW)
        self._sent: tuple[object, object, RelationKey | None] = (None, None, None)

    @property
    def are_many(self) -> bool:
        """Whether so many are drawn that each must be cheap."""
        return len(self.shown) > MANY

    def show_rows(self, rows: Sequence[Listed]) -> None:
        """Draw these relations from now on, as far as the switches let them."""
        self.rows = tuple(rows)  # the same tuple stays the same

    def refresh(self, scene: Scene, selection: Collection[str], camera: Camera) -> None:
        """Follow scene, selection and camera."""
        switches = (tuple(selection), self.on, self.only_selection, self.every_derived, theme.current().name)
        fresh = self.rows is not self.made_of or switches != self._switches
        if fresh or scene is not self._of_scene:
            self.made_of, self._switches, self._of_scene = self.rows, switches, scene
            self._make(scene, set(selection), fresh)
        self._send(scene)
        self._camera, self._pixels = camera, None

    def _make(self, scene: Scene, selection: set[str], fresh: bool) -> None:
        """Which arrows there are, their places and looks."""
        if fresh or any(r.subject not in scene.objects or r.object not in scene.objects for r in self.shown):
            self.shown = self._chosen(scene, selection) if self.on else ()
            pairs = [(row.subject, row.object) for row in self.shown]
            self._lanes = lanes_of(pairs)
            self._ranks = np.array([STATES.index(row.state) for row in self.shown], np.intp)
            self._styles = self._looks()
        self._ends = np.stack(edge_ends(scene, [(row.subject, row.object) for row in self.shown]))

    def _chosen(self, scene: Scene, selection: set[str]) -> tuple[Listed, ...]:
        """The rows that are drawn, the most important ones last, so that they lie on top."""
        things = scene.objects
        there = [r for r in self.rows if r.subject in things and r.object in things]
        there = [r for r in there if not (things[r.subject].hidden or things[r.object].hidden)]
        marked = [r for r in there if r.subject in selection or r.object in selection]
        stored = [r for r in (marked if self.only_selection else there) if r.stored is not None]
        derived = [r for r in (marked if selection or self.only_selection else there) if r.stored is None]
        if not self.every_derived:
            derived = derived[:MOST_DERIVED]
        order = {state: -k for k, state in enumerate(STATES)}
        return tuple(sorted((*derived, *stored), key=lambda row: order[row.state]))

    def _looks(self) -> np.ndarray:
        """Arrows with colours and styles, without places."""
        arrows = np.zeros(len(self.shown), ARROW)
        codes = self._ranks
        colours = np.array([(*QColor(state_colour(state)).getRgb()[:3], 235) for state in STATES], np.uint8)
        styles = np.array([(STYLES[state][0], 0.0, STYLES[state][1], HEAD_PX) for state in STATES], np.float32)
        arrows["colour"], arrows["style"] = colours[codes], styles[codes]
        arrows["style"][:, 1] = self._lanes
        self.item.batch.rim_px, self.item.batch.spikes = 0.0 if self.are_many else 1.0, self.are_many
        if self.are_many:
            arrows["style"] *= THIN
        return arrows

    def _send(self, scene: Scene) -> None:
        """Give the arrows to the GPU if they changed; the one under the cursor is thick and the others step back."""
        at = self._hovered_at()
        if self._ends is self._sent[0] and self._styles is self._sent[1] and self.hovered == self._sent[2]:
            return
        self._sent = (self._ends, self._styles, self.hovered)
        arrows = self._styles.copy()
        if len(arrows):
            arrows["start"], arrows["end"] = self._ends
        row = self._hovered_row()
        things = [scene.objects[key] for key in (row.subject, row.object) if key in scene.objects] if row else []
        self.pair.show_segments(box_segments(things), theme.current().selection, 0.9)
        if at is not None:
            arrows["colour"][:, 3] = 110
            arrows["colour"][at] = (*QColor(theme.current().selection).getRgb()[:3], 255)
            arrows["style"][at, 0] += 1.4
            arrows = np.concatenate([np.delete(arrows, at), arrows[at : at + 1]])
        self.item.batch.set(arrows)
        self.item.setVisible(len(arrows) > 0)

    def _hovered_at(self) -> int | None:
        """Which of the drawn arrows is under the cursor."""
        return next((k for k, row in enumerate(self.shown) if row.key == self.hovered), None) if self.hovered else None

    def _hovered_row(self) -> Listed | None:
        return next((row for row in self.rows if row.key == self.hovered), None) if self.hovered else None

    def _screen(self) -> np.ndarray:
        """(2, E, 2) ends on the screen, px; NaN where one is behind the camera. Found when it is first asked for."""
        if self._pixels is None:
            self._pixels = self._projected()
        return self._pixels

    def _projected(self) -> np.ndarray:
        pixels, depth = self._camera.project(self._ends.reshape(-1, 3))
        pixels = np.where((depth > 0.05)[:, None], pixels, np.nan).reshape(2, -1, 2)
        way = pixels[1] - pixels[0]
        length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
        aside = np.stack([-way[:, 1], way[:, 0]], axis=1) / length * self._lanes[:, None]
        return pixels + aside

    def hit(self, position_px: tuple[float, float]) -> RelationKey | None:
        """Key of the relation whose arrow is under the cursor; the nearest one within reach."""
        if not self.shown:
            return None
        start, end = self._screen()
        way = end - start
        offset = np.asarray(position_px, float) - start
        share = np.clip((offset * way).sum(axis=1) / np.maximum((way * way).sum(axis=1), 1e-9), 0.0, 1.0)
        distance = np.hypot(*(offset - share[:, None] * way).T)
        distance = np.where(np.isfinite(distance), distance, np.inf)
        best = int(distance.argmin())
        return self.shown[best].key if distance[best] <= REACH_PX else None

    def tags(self, scene: Scene, size_px: tuple[int, int], placed: Sequence[Tag]) -> list[Tag]:
        """Words at the middles of the arrows where there is room: predicates, and at the hovered one all of it.

        `placed` are the tags that are there already.
        """
        if not self.shown:
            return []
        start, end = self._screen()
        middle, length = (start + end) / 2.0, np.hypot(*(end - start).T)
        inside = ((middle > 8.0) & (middle < np.array(size_px) - 8.0)).all(axis=1) & np.isfinite(length)
        order = np.lexsort((-length, self._ranks))
        order = order[inside[order]]
        hovered: list[Tag] = []
        wanted: list[Tag] = []
        for k in order[: 8 * MOST_WORDS].tolist():
            row = self.shown[k]
            if length[k] > LETTER_PX * len(row.predicate.value) + 2.0 * HEAD_PX and row.key != self.hovered:
                at = (float(middle[k, 0]), float(middle[k, 1]))
                wanted.append(Tag(row.predicate.value, at, state_colour(row.state)))
        whole = self._hovered_at()
        if whole is not None and np.isfinite(middle[whole]).all():
            at = (float(middle[whole, 0]), float(middle[whole, 1]))
            hovered = [Tag(_whole(scene, self.shown[whole]), at, theme.current().selection)]
        kept = hovered
        for tag in wanted:  # one that has no room is left out: moved aside it would lose its arrow
            if len(kept) < MOST_WORDS and has_room(tag, (*placed, *kept)):
                kept.append(tag)
        return kept


def _whole(scene: Scene, row: Listed) -> str:
    """ "lamp next to couch, 87 %, looks to the left of"."""
    looks = f", looks {row.apparent.value}" if row.apparent else ""
    subject, other = (short_name(scene.objects[key].label) for key in (row.subject, row.object))
    said = f"{subject} {row.predicate.value} {other}"
    return f"{said}, {row.grade:.0%}{looks}"


def state_colour(state: State) -> str:
    """The colour of a state in the current theme, ``#rrggbb``: of arrows in the view and of rows in the list."""
    now = theme.current()
    return {
        "in conflict": now.danger, "kept": now.good, "asserted": now.accent, "parsed": now.parsed, "derived": now.muted,
    }[state]  # fmt: skip

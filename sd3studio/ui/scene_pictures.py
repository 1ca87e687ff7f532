"""Small pictures of scenes, drawn by the view's own renderer while nothing else is to be done."""

import contextlib
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPixmap

from sd3studio.core.errors import StudioError
from sd3studio.core.scene.values import Scene
from sd3studio.render.maps import RenderedMaps, render_maps
from sd3studio.ui.canvas.view import SceneView
from sd3studio.ui.pixels import pixmap_of

MOST_DRAWN = 64

Taker = Callable[[QPixmap], None]


class ScenePictures(QObject):
    """Draws scenes one after the other, newest wish last, and hands each picture to who asked for it."""

    def __init__(self, view: SceneView) -> None:
        super().__init__(view)
        self._view = view
        self._wanted: list[tuple[Callable[[], Scene], int, Taker, Hashable]] = []
        self._kept: dict[tuple[Hashable, int], QPixmap] = {}
        self._drawn: dict[tuple[int, int], tuple[Scene, QPixmap]] = {}
        """By identity and height: the jobs of a batch share their scene."""
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._draw_next)

    def ask(self, scene: Callable[[], Scene], height_px: int, take: Taker, key: Hashable = None) -> None:
        """Draw the scene that `scene()` gives, so many pixels high, when there is time, and give it to `take`.

        With a `key` (a file and when it was changed) the picture is kept: next time it is there at once.
        """
        kept = self._kept.get((key, height_px)) if key is not None else None
        if kept is not None:
            take(kept)
            return
        self._wanted.append((scene, height_px, take, key))
        self._timer.start()

    def maps(
        self, scene: Scene, names: tuple[str, ...], width: int, height: int, ground: str = "rgb"
    ) -> RenderedMaps | None:
        """Maps of a scene from its camera, drawn at once (see `render_maps`); None while the view can't draw."""
        renderer = self._view.scene_item.renderer
        if renderer is None or not self._view.isValid():
            return None
        self._view.makeCurrent()
        try:
            return render_maps(scene, names, width, height, ground=ground, renderer=renderer)  # type: ignore[arg-type]
        finally:
            self._view.doneCurrent()

    def _draw_next(self) -> None:
        if not self._wanted:
            return
        if self._view.scene_item.renderer is None or not self._view.isValid():
            self._timer.start(200)
            return
        make, height, take, key = self._wanted.pop(0)
        with contextlib.suppress(StudioError, KeyError):  # a forgotten job, a lost file: it stays without a picture
            picture = self._picture(make(), height)
            if key is not None and not picture.isNull():
                self._kept[key, height] = picture
            take(picture)
        if self._wanted:
            self._timer.start(0)

    def _picture(self, scene: Scene, height: int) -> QPixmap:
        key = (id(scene), height)
        if key not in self._drawn:
            width = max(round(height * scene.camera.width / scene.camera.height), 16)
            maps = self.maps(scene, ("rgb",), width, height)
            while len(self._drawn) >= MOST_DRAWN:
                del self._drawn[next(iter(self._drawn))]
            drawn = QPixmap() if maps is None or maps.rgb is None else pixmap_of(maps.rgb)
            self._drawn[key] = (scene, drawn)
        return self._drawn[key][1]

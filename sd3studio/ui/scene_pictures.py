"""Small pictures of scenes, drawn by the view's own renderer while nothing else is to be done."""

import contextlib
import hashlib
from collections.abc import Callable, Hashable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QObject, QTimer
from PySide6.QtGui import QPixmap

from sd3studio import __version__
from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.scene.values import Scene
from sd3studio.render.maps import RenderedMaps, render_maps
from sd3studio.ui.canvas.view import SceneView
from sd3studio.ui.pixels import pixmap_of

MOST_DRAWN = 64

Taker = Callable[[QPixmap], None]


class ScenePictures(QObject):
    """Draws scenes one after the other, newest wish last, and hands each picture to who asked for it.

    `cache` is the folder where pictures with a key are kept.
    """

    def __init__(self, view: SceneView, cache: Path | None = None) -> None:
        super().__init__(view)
        self._view, self._cache = view, cache
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
        kept = self._known(key, height_px)
        if not kept.isNull():
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
                self._keep(key, height, picture)
            take(picture)
        if self._wanted:
            self._timer.start(0)

    def _known(self, key: Hashable, height: int) -> QPixmap:
        """A picture that was drawn before, in this window or an earlier one; null where there is none."""
        if key is None:
            return QPixmap()
        if (key, height) not in self._kept:
            path = self._file_of(key, height)
            picture = QPixmap(str(path)) if path is not None and path.is_file() else QPixmap()
            if picture.isNull():
                return picture
            self._kept[key, height] = picture
        return self._kept[key, height]

    def _keep(self, key: Hashable, height: int, picture: QPixmap) -> None:
        self._kept[key, height] = picture
        path = self._file_of(key, height)
        if path is not None:
            data = QByteArray()
            buffer = QBuffer(data)
            buffer.open(QBuffer.OpenModeFlag.WriteOnly)
            picture.save(buffer, "PNG")
            with contextlib.suppress(StudioError):  # a disk that is full: it is drawn again next time
                write_atomic(path, data.data())

    def _file_of(self, key: Hashable, height: int) -> Path | None:
        name = hashlib.sha256(f"{__version__} {key!r} {height}".encode()).hexdigest()[:24]
        return None if self._cache is None else self._cache / f"{name}.png"

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

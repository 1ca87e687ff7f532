"""The room that is planned as it will look: a small picture for a dialog that may cover the 3D view."""

import math

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

from sd3studio.core.document import Document
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene
from sd3studio.core.walls import is_wall
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.pixels import pixmap_of
from sd3studio.ui.scene_pictures import ScenePictures

HEIGHT_PX = 210
REST_MS = 30
"""The picture is drawn once the hand has rested this long."""
FROM_ABOVE = (0.0, math.radians(42.0))
"""Azimuth and elevation: as the plan lies, over the front walls into the room."""


class RoomPreview(QLabel):
    """Shows the scene of a document, previewed changes too, from above; drawn anew whenever it changes."""

    def __init__(self, document: Document, pictures: ScenePictures) -> None:
        super().__init__()
        self._document, self._pictures = document, pictures
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._draw)
        document.changed.connect(self._on_changed)
        self.setAccessibleName("The room as it will look")
        self.setFixedHeight(HEIGHT_PX)
        self.setMinimumWidth(HEIGHT_PX)

    def stop(self) -> None:
        """Follow the document no more."""
        self._rest.stop()
        self._document.changed.disconnect(self._on_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rest.start()

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self._rest.start()

    def _draw(self) -> None:
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        scene = self._document.scene
        seen = scene.replace(camera=camera_from_above(scene, width, height))
        maps = self._pictures.maps(seen, ("rgb",), width, height)
        if maps is not None and maps.rgb is not None:
            picture = pixmap_of(maps.rgb)
            picture.setDevicePixelRatio(ratio)
            self.setPixmap(picture)


def camera_from_above(scene: Scene, width_px: int, height_px: int) -> Camera:
    """A camera that looks from above at all walls and objects; ground that goes on beyond them is cut off."""
    things = [thing for thing in scene.objects.values() if thing.kind == "object" or is_wall(thing)]
    things = things or [thing for thing in scene.objects.values() if thing.kind != "concept"]
    low, high = Boxes.of(things).bounds() if things else (np.full((1, 3), -1.0), np.full((1, 3), 1.0))
    view = Orbit().looking(*FROM_ABOVE).framing(low.min(axis=0), high.max(axis=0), width_px / max(height_px, 1))
    return view.camera(width_px, height_px)

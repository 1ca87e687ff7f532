"""The camera and the light of the scene: focal length, height, tilt, picture size, sun."""

import math

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from sd3studio.core.edits import SetCamera, SetLight
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Light, Scene
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.bookmarks import BookmarkList
from sd3studio.ui.panels.fields import NumberField, TripleField, heading, muted


class CameraPanel(QWidget):
    """Shows camera and light; changes leave as edits, the two buttons as wishes."""

    edit_requested = Signal(object)
    look_requested = Signal()
    take_view_requested = Signal()
    bookmark_requested = Signal()
    bookmark_chosen = Signal(str)
    bookmark_removed = Signal(str)
    bookmark_renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._camera, self._light = Camera(), Light()
        now = theme.current()
        axes = (now.axis_x, now.axis_y, now.axis_z)
        self.focal = NumberField(" mm", low=2.0, high=1_000.0, step=1.0, digits=1)
        self.focal.setToolTip("Focal length on a 24 mm high frame (35 mm film held level)")
        self.field_of_view = NumberField("°", low=1.0, high=170.0, step=1.0, digits=1)
        self.field_of_view.setToolTip("Vertical field of view")
        self.bookmarks = BookmarkList()
        self.place = TripleField("XYZ", axes, " m", -1e4, 0.1)
        self.target = TripleField("XYZ", axes, " m", -1e4, 0.1)
        self.about = muted()
        self.sun = NumberField("", low=0.0, high=1.0, step=0.05)
        self.ambient = NumberField("", low=0.0, high=1.0, step=0.05)
        self.azimuth = NumberField("°", low=-360.0, high=360.0, step=5.0, digits=0)
        self.elevation = NumberField("°", low=0.0, high=90.0, step=5.0, digits=0)
        self.look = icon_button("camera", "Look through it", "Show the scene through its own camera (C)")
        self.take = icon_button("view", "Take this view", "Make what the view shows the scene's camera (Ctrl+Alt+0)")
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.focal.entered.connect(self._on_camera)
        self.field_of_view.entered.connect(self._on_field_of_view)
        self.bookmarks.add_requested.connect(self.bookmark_requested)
        self.bookmarks.chosen.connect(self.bookmark_chosen)
        self.bookmarks.removed.connect(self.bookmark_removed)
        self.bookmarks.renamed.connect(self.bookmark_renamed)
        self.place.entered.connect(self._on_camera)
        self.target.entered.connect(self._on_camera)
        for field in (self.sun, self.ambient, self.azimuth, self.elevation):
            field.entered.connect(self._on_light)
        self.look.clicked.connect(self.look_requested)
        self.take.clicked.connect(self.take_view_requested)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.look)
        buttons.addWidget(self.take)
        lens, light = QFormLayout(), QFormLayout()
        lens.addRow("Focal length", self.focal)
        lens.addRow("Field of view", self.field_of_view)
        for text, field in (
            ("Sun", self.sun),
            ("Ambient", self.ambient),
            ("Direction", self.azimuth),
            ("Height", self.elevation),
        ):
            light.addRow(text, field)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addLayout(buttons)
        column.addLayout(lens)
        column.addWidget(heading("Stands at"))
        column.addWidget(self.place)
        column.addWidget(heading("Looks at"))
        column.addWidget(self.target)
        column.addWidget(self.about)
        column.addWidget(heading("Bookmarks"))
        column.addWidget(self.bookmarks)
        column.addWidget(heading("Light"))
        column.addLayout(light)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def show_scene(self, scene: Scene) -> None:
        """Show camera and light of a scene."""
        self._camera, self._light = camera, light = scene.camera, scene.light
        self.focal.show_value(camera.focal_mm)
        self.field_of_view.show_value(math.degrees(camera.fov_y))
        self.bookmarks.show_names([one.name for one in scene.bookmarks])
        self.place.show_value(camera.position)
        self.target.show_value(camera.target)
        self.sun.show_value(light.sun)
        self.ambient.show_value(light.ambient)
        self.azimuth.show_value(math.degrees(light.azimuth))
        self.elevation.show_value(math.degrees(light.elevation))
        self.about.setText(about_camera(scene))

    def _on_camera(self) -> None:
        fov = Camera.fov_of_focal_mm(self.focal.exact())
        place, target = self.place.exact(), self.target.exact()
        if math.dist(place, target) > 1e-3:
            self.edit_requested.emit(SetCamera(self._camera.replace(position=place, target=target, fov_y=fov)))

    def _on_field_of_view(self) -> None:
        fov = math.radians(self.field_of_view.exact())
        self.edit_requested.emit(SetCamera(self._camera.replace(fov_y=fov)))

    def _on_light(self) -> None:
        light = Light(
            azimuth=math.radians(self.azimuth.exact()),
            elevation=math.radians(min(self.elevation.exact(), 90.0)),
            sun=self.sun.exact(),
            ambient=self.ambient.exact(),
        )
        self.edit_requested.emit(SetLight(light))


def about_camera(scene: Scene) -> str:
    """The camera in words: height, tilt, field of view, where the horizon is."""
    camera = scene.camera
    down = math.degrees(math.asin(float(np.clip(-camera.axes[2, 2], -1.0, 1.0))))
    tilt = f"{abs(down):.0f}° {'down' if down >= 0 else 'up'}"
    words = [f"{camera.position[2]:.2f} m above the ground, looking {tilt}, {math.degrees(camera.fov_y):.0f}° high."]
    row = camera.horizon_row() / camera.height
    if 0.0 <= row <= 1.0:
        words.append(f"The horizon is at {row:.0%} of the picture's height.")
    words.append(f"Picture {camera.width} × {camera.height}.")
    if scene.photo:
        words.append("Recovered from the photo.")
    return " ".join(words)

"""The off-screen context: beside a window's, and where there is no EGL."""

import subprocess
import sys

import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.render import offscreen


@pytest.mark.gl
def test_it_works_without_a_display() -> None:
    code = (
        "from sd3studio.core.scene.values import Scene, SceneObject\n"
        "from sd3studio.render.maps import render_maps\n"
        "scene = Scene.of([SceneObject(id='a', label='box')])\n"
        "print(render_maps(scene, ('id',), 64, 48).id.max())\n"
    )
    clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, timeout=120)
    if "MissingModelError" in run.stderr:
        pytest.skip("there is no EGL")
    assert run.stdout.strip() == "1", run.stderr


def test_a_missing_library_is_a_sentence_that_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offscreen.ctypes.util, "find_library", lambda name: "libNoSuchEGL.so.9")
    offscreen._library.cache_clear()
    try:
        with pytest.raises(MissingModelError, match="apt-get install libegl1"):
            offscreen._library()
    finally:
        offscreen._library.cache_clear()


@pytest.mark.gl
def test_maps_are_drawn_beside_a_window(qtbot) -> None:
    """A window's context is current in this thread, through another window system; both go on working."""
    from PySide6.QtOpenGLWidgets import QOpenGLWidget

    from sd3studio.core.scene.values import Scene, SceneObject
    from sd3studio.render.maps import render_maps
    from sd3studio.render.renderer import SceneRenderer

    scene = Scene.of([SceneObject(id="a", label="box", center=(0, 0, 0.8), size=(2, 2, 2), colour=(0.9, 0.1, 0.1))])

    class Viewport(QOpenGLWidget):
        def initializeGL(self) -> None:
            self.renderer = SceneRenderer()

        def paintGL(self) -> None:
            self.renderer.set_scene(scene)
            self.renderer.draw(scene.camera, (self.width(), self.height()), "draft")

    widget = Viewport()
    qtbot.addWidget(widget)
    widget.resize(160, 120)
    with qtbot.waitExposed(widget):
        widget.show()
    if not widget.isValid():
        pytest.skip("this platform has no OpenGL for widgets")
    for _ in range(2):
        middle = widget.grabFramebuffer().pixelColor(80, 60)
        assert middle.red() > middle.green() + 60
        widget.makeCurrent()
        assert render_maps(scene, ("id",), 64, 48).id.max() == 1
        widget.doneCurrent()
    widget.makeCurrent()
    widget.renderer.release()
    widget.doneCurrent()

"""Speed of the renderer beside its peers, in one run: ``render.py [orbit|edges|pick|marquee|maps]``.

``orbit`` and ``edges`` open windows and need a display (``xvfb-run`` will do); the others need none. ``maps`` compares
with PyVista where it is installed. Bars: orbit of 1,000 objects at 800x600, also with 5,000 relations as arrows, at
least 6 times one `GLMeshItem` for each object and 15 frames/s; pick under 2 ms in 1,000 objects; marquee under 100 ms
over 5,000; maps at 512x512 with 50 objects, read back, at most 20 ms and at least twice as fast as the peer.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.render.levels import Level, levels_of
from sd3studio.render.mesh import load_mesh
from sd3studio.render.picking import Picker

SPACING_M = 2.0


def crowd(count: int, seed: int = 0) -> Scene:
    """Catalogue objects on a square grid, those wider than 1.8 m made smaller, turned at random."""
    rng = np.random.default_rng(seed)
    entries = list(shipped_catalogue())
    side = math.ceil(math.sqrt(count))
    objects = []
    for number in range(count):
        entry = entries[rng.integers(len(entries))]
        share = min(1.0, 1.8 / max(entry.size[:2]))
        width, depth, height = (length * share for length in entry.size)
        x, y = ((k - side / 2.0) * SPACING_M for k in (number % side, number // side))
        objects.append(
            SceneObject(
                id=f"o{number}",
                label=entry.category,
                mesh=entry.id,
                size=(width, depth, height),
                center=(x, y, height / 2.0),
                yaw=float(rng.uniform(0, 2 * math.pi)),
            )
        )
    return Scene.of(objects)


def orbit_camera(count: int, angle: float, width: int, height: int) -> Camera:
    """A camera that circles a crowd."""
    reach = math.ceil(math.sqrt(count)) * 0.55 * SPACING_M + 1.0
    position = (reach * math.cos(angle), reach * math.sin(angle), 0.45 * reach)
    return Camera(position=position, target=(0.0, 0.0, 0.0), width=width, height=height)


def timed(step: Callable[[int], object], count: int, warm: int = 3) -> tuple[float, float, float]:
    """Median and best time of a step, and median processor time of all threads (which other work disturbs less), ms."""
    for number in range(warm):
        step(number)
    times, used = [], []
    for number in range(count):
        start, busy = time.perf_counter(), time.process_time()
        step(warm + number)
        times.append((time.perf_counter() - start) * 1e3)
        used.append((time.process_time() - busy) * 1e3)
    return float(np.median(times)), min(times), float(np.median(used))


def report(title: str, rows: list[tuple[str, float, float, float]]) -> None:
    """Print a table; the last column is how many times as fast as the last row."""
    print(f"\n{title}")
    for name, median, best, busy in rows:
        ratio = rows[-1][1] / median
        rate = f"{1e3 / median:7.1f}/s {ratio:6.1f}x"
        print(f"  {name:<58} {median:8.2f} ms  best {best:8.2f}  processor {busy:8.2f}  {rate}")


ORBITS = {
    "QOpenGLWidget, draft": ("bare", "draft"),
    "QOpenGLWidget, view": ("bare", "view"),
    "GLViewWidget with one item, draft": ("item", "draft"),
    "GLViewWidget with one item, view": ("item", "view"),
    "pyqtgraph, one GLMeshItem each, untextured, 180 faces each": ("peer", "2"),
    "pyqtgraph, one GLMeshItem each, untextured, all faces": ("peer", "0"),
}
"""Title -> kind of widget, and its quality or level."""


def bench_orbit(count: int = 1_000) -> None:
    """Frames of an orbit, drawn to a window: our renderer in two kinds of widget, and pyqtgraph's items.

    Each in a process of its own: pyqtgraph keeps shader programs in its modules, and they don't outlive their window.
    """
    rows = []
    for title, (kind, detail) in ORBITS.items():
        rows.append((title, *_in_process(kind, detail, count)))
    report(f"Orbit of {count} objects at 800x600 (bar: 6x and 15/s; x: times the last row)", rows)


EDGE_ORBITS = {
    "the window's 3D view, 5,000 relations as arrows with words": ("scene", "5000"),
    "the window's 3D view, no relations": ("scene", "0"),
    "pyqtgraph, one GLMeshItem each, no relations": ("peer", "0"),
}
"""Title -> kind of widget, and the number of edges (of the peer, its level)."""


def bench_edges(count: int = 1_000) -> None:
    """Frames of an orbit in the program's own view, overlay included, with and without relations as arrows."""
    rows = []
    for title, (kind, detail) in EDGE_ORBITS.items():
        rows.append((title, *_in_process(kind, detail, count)))
    report(f"Orbit of {count} objects with 5,000 edges at 800x600 (bar: 6x and 15/s; x: times the last row)", rows)


def _in_process(kind: str, detail: str, count: int) -> tuple[float, float, float]:
    command = [sys.executable, __file__, "--window", kind, detail, str(count)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    median, best, busy = json.loads(run.stdout.splitlines()[-1])
    return median, best, busy


def related(scene: Scene, edges: int) -> Scene:
    """The scene with so many stored relations between things that stand near each other, true or not."""
    rng = np.random.default_rng(1)
    ids = list(scene.objects)
    told: dict[tuple[object, ...], Relation] = {}
    while len(told) < edges:
        first = int(rng.integers(len(ids)))
        second = (first + int(rng.choice([1, 2, 31, 32, 33, 64]))) % len(ids)
        predicate = VSD_PREDICATES[int(rng.integers(9))]
        relation = Relation(subject=ids[first], predicate=predicate, object=ids[second])
        told[relation.key] = relation
    return scene.replace(relations=tuple(told.values()))


def orbit_in_scene_view(edges: int, count: int) -> None:
    """Orbit in the program's own view, and print median, best and processor time (ms) as JSON."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from sd3studio.core.document import Document
    from sd3studio.ui import theme
    from sd3studio.ui.canvas.gl_format import set_default_format
    from sd3studio.ui.canvas.navigation import Orbit
    from sd3studio.ui.canvas.view import SceneView
    from sd3studio.ui.session import Session

    set_default_format()
    application = QApplication([])
    theme.apply_theme(application, theme.DARK)
    painted = [0]

    class View(SceneView):
        def paintGL(self) -> None:
            super().paintGL()
            painted[0] += 1

    session = Session(Document(related(crowd(count), edges)))
    view = View(session)
    view.edges.on = edges > 0
    view.edges.show_rows([row for row in session.relations if row.stored is not None])
    view.resize(800, 600)
    view.show()
    QTest.qWaitForWindowExposed(view, 60_000)
    view.look_through_camera(False)

    def step(number: int) -> None:
        view.orbit = Orbit.of_camera(orbit_camera(count, 0.05 * number, 800, 600))
        view.refresh()
        before = painted[0]
        while painted[0] == before:
            application.processEvents()

    print(json.dumps(timed(step, 20, warm=3)))


def orbit_in_window(kind: str, detail: str, count: int) -> None:
    """Open one kind of window, orbit, and print median, best and processor time (ms) as JSON."""
    import pyqtgraph.opengl as gl
    from pyqtgraph.opengl.GLGraphicsItem import GLGraphicsItem
    from PySide6.QtGui import QSurfaceFormat
    from PySide6.QtOpenGLWidgets import QOpenGLWidget
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from sd3studio.render.renderer import SceneRenderer

    chosen = QSurfaceFormat()
    chosen.setVersion(3, 3)
    chosen.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    chosen.setDepthBufferSize(24)
    QSurfaceFormat.setDefaultFormat(chosen)
    application = QApplication([])
    scene = crowd(count)
    state: dict[str, Any] = {"camera": orbit_camera(count, 0.0, 800, 600), "painted": 0}

    def draw() -> None:
        if "renderer" not in state:
            state["renderer"] = SceneRenderer()
            state["renderer"].set_scene(scene)
        state["renderer"].draw(state["camera"], (800, 600), detail)

    class Bare(QOpenGLWidget):
        def paintGL(self) -> None:
            draw()
            state["painted"] += 1

    class Item(GLGraphicsItem):
        def paint(self) -> None:
            draw()

    class View(gl.GLViewWidget):
        def paintGL(self) -> None:
            super().paintGL()
            state["painted"] += 1

    widget = Bare() if kind == "bare" else View()
    for item in [Item()] if kind == "item" else []:
        widget.addItem(item)
    for thing in scene.objects.values() if kind == "peer" else ():
        widget.addItem(_mesh_item(thing, int(detail)))
    widget.resize(800, 600)
    widget.show()
    QTest.qWaitForWindowExposed(widget, 60_000)  # before that a repaint does nothing

    def step(number: int) -> None:
        angle = 0.05 * number
        state["camera"] = orbit_camera(count, angle, 800, 600)
        if kind == "peer":
            reach = math.dist(state["camera"].position, (0.0, 0.0, 0.0))
            widget.setCameraPosition(distance=reach, elevation=24.0, azimuth=math.degrees(angle))
        painted = state["painted"]
        while state["painted"] == painted:  # a repaint that the window system put off is not a frame
            application.processEvents()
            widget.repaint()

    print(json.dumps(timed(step, 4 if kind == "peer" else 20, warm=2)))


@cache
def _level(mesh_id: str, level: int) -> Level:
    """A simplified form of a mesh, or at 0 the mesh itself."""
    mesh = load_mesh(mesh_id)
    return levels_of(mesh, np.full(len(mesh.textures) + 1, -1.0))[level]


def _mesh_item(thing: SceneObject, level: int) -> object:
    """The object as pyqtgraph draws it."""
    import pyqtgraph.opengl as gl

    form = _level(thing.mesh, level)
    points, colours = form.vertices["position"], form.vertices["colour"]
    faces = form.indices.reshape(-1, 3)
    data = gl.MeshData(points * np.array(thing.size), faces, vertexColors=colours / 255.0)
    item = gl.GLMeshItem(meshdata=data, smooth=True, shader="shaded")
    item.rotate(math.degrees(thing.yaw), 0, 0, 1)
    item.translate(*thing.center)
    return item


def bench_pick() -> None:
    """Picks at random places of the picture."""
    picker, camera = Picker(), orbit_camera(1_000, 0.3, 800, 600)
    picker.set_scene(crowd(1_000))
    places = np.random.default_rng(1).uniform(0, 1, (400, 2)) * [800, 600]
    for place in places:
        picker.pick_pixel(camera, *place)  # meshes are loaded once
    rows = [("pick under the cursor", *timed(lambda n: picker.pick_pixel(camera, *places[n % 400]), 300))]
    report("Pick, 1,000 objects (bar: 2 ms)", rows)


def bench_marquee() -> None:
    """A rectangle over a quarter of the picture."""
    picker, camera = Picker(), orbit_camera(5_000, 0.3, 800, 600)
    picker.set_scene(crowd(5_000))
    rows = [("marquee by outline", *timed(lambda n: picker.marquee(camera, (200, 150), (600, 450)), 20))]
    rows.append(("marquee by middle", *timed(lambda n: picker.marquee(camera, (200, 150), (600, 450), False), 20)))
    report("Marquee, 5,000 objects (bar: 100 ms)", rows)


def bench_maps(count: int = 50, size: int = 512) -> None:
    """Depth, normal and id of a scene seen from ever new places, as arrays in memory."""
    from sd3studio.render.maps import render_maps

    scene = crowd(count)

    def ours(number: int, exact: bool = False) -> None:
        camera = orbit_camera(count, 0.05 * number, size, size)
        render_maps(scene, ("depth", "normal", "id"), camera=camera, exact=exact)

    rows = [("ours: depth, normal, id", *timed(ours, 30))]
    rows.append(("ours, every mesh in full", *timed(lambda number: ours(number, True), 15)))
    rows += _pyvista_rows(scene, count, size)
    report(f"Maps of {count} objects at {size}x{size}, read back (bar: 20 ms; x: times the last row)", rows)


def _pyvista_rows(scene: Scene, count: int, size: int) -> list[tuple[str, float, float, float]]:
    """PyVista: one picture of flat colours as ids, and its depth; it has no pass for normals."""
    try:
        import pyvista
    except ImportError as error:
        print(f"  PyVista is not installed ({error})")
        return []
    plotter = pyvista.Plotter(off_screen=True, window_size=(size, size), lighting="none")
    for number, thing in enumerate(scene.objects.values(), start=1):
        mesh = load_mesh(thing.mesh)
        faces = np.concatenate([np.full((mesh.faces, 1), 3), mesh.indices], axis=1).reshape(-1)
        body = pyvista.PolyData(mesh.unit_positions * np.array(thing.size, np.float32), faces)
        colour = (number & 255, number >> 8, 0)
        actor = plotter.add_mesh(body, color=[c / 255 for c in colour], lighting=False)
        actor.position, actor.orientation = thing.center, (0, 0, math.degrees(thing.yaw))

    def step(number: int) -> None:
        camera = orbit_camera(count, 0.05 * number, size, size)
        plotter.camera.position, plotter.camera.focal_point = camera.position, camera.target
        plotter.camera.view_angle = math.degrees(camera.fov_y)
        plotter.camera.up = (0, 0, 1)
        plotter.renderer.ResetCameraClippingRange()
        plotter.render()
        plotter.screenshot(return_img=True)
        plotter.get_image_depth()

    plotter.show(auto_close=False)
    return [("PyVista: depth, id", *timed(step, 15))]


BENCHMARKS = {
    "edges": bench_edges,
    "pick": bench_pick,
    "marquee": bench_marquee,
    "maps": bench_maps,
    "orbit": bench_orbit,
}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    if sys.argv[1:2] == ["--window"]:
        kind, detail, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
        if kind == "scene":
            orbit_in_scene_view(int(detail), count)
        else:
            orbit_in_window(kind, detail, count)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all when none is named")
    for name in parser.parse_args().names or BENCHMARKS:
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()

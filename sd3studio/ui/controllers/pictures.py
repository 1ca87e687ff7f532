"""The pictures that were made: what the strip and the viewer show, stars, comparing, deleting, and recall."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from sd3studio.core.errors import StudioError
from sd3studio.core.language.scene_changes import said_changes
from sd3studio.core.scene.values import Scene
from sd3studio.services.kept_checks import check_file
from sd3studio.services.pictures import PictureFolder, PictureGroup, by_scene
from sd3studio.services.scene_files import read_png_request
from sd3studio.ui.controllers.checking import CheckController
from sd3studio.ui.panels.map_pictures import id_colours
from sd3studio.ui.panels.results import ResultStrip
from sd3studio.ui.picture_viewer import PictureViewer
from sd3studio.ui.pixels import pixels_of
from sd3studio.ui.scene_pictures import ScenePictures

MOST_SHOWN = 400
KEPT_SCENES = 40


class PictureController(QObject):
    """Keeps strip and viewer in step with the folder of pictures."""

    said = Signal(str, str)
    recall_requested = Signal(Path, str)
    save_requested = Signal(Path)
    viewed = Signal(Path)
    """Picture that is now in the viewer."""
    viewer_made = Signal(object)
    """PictureViewer, when it is first needed."""
    shown = Signal()
    """The strip shows the folder as it is now."""

    def __init__(
        self, window: QWidget, strip: ResultStrip, folder: Path, drawing: ScenePictures, checking: CheckController
    ) -> None:
        super().__init__(window)
        self._window, self.strip, self.drawing, self.checking = window, strip, drawing, checking
        self.folder = PictureFolder(folder)
        self.viewer: PictureViewer | None = None
        self._groups: tuple[PictureGroup, ...] = ()
        self._heads: dict[str, str] = {}
        self._scenes: dict[str, Scene] = {}
        self._heads_timer = QTimer(self, singleShot=True, interval=0)
        self._heads_timer.timeout.connect(self._say_next_head)
        self._unmarked: list[Path] = []
        self._marks_timer = QTimer(self, singleShot=True, interval=0)
        self._marks_timer.timeout.connect(self._mark_next)
        strip.view_requested.connect(self.view)
        strip.star_requested.connect(self.star)
        strip.compare_requested.connect(self.compare)
        strip.starred_only_changed.connect(self.refresh)
        strip.recall_requested.connect(self.recall_requested)

    def refresh(self) -> None:
        """Show the folder as it is now."""
        stars = self.folder.stars()
        pictures = self.folder.pictures(MOST_SHOWN)
        if self.strip.starred_only.isChecked():
            pictures = [picture for picture in pictures if picture.path.name in stars]
        self._groups = by_scene(pictures)
        self.strip.show_pictures(self._groups, stars, self._heads)
        self._heads_timer.start()
        self._unmarked = [picture.path for group in self._groups for picture in group.pictures]
        self._marks_timer.start()
        self.shown.emit()

    def take(self, path: Path) -> None:
        """A picture was made: show it in the place of its preview."""
        self.strip.end_preview()
        self.refresh()
        if not self.strip.list.hasFocus():  # who looks through the strip is left alone
            self.strip.mark(path)

    @property
    def current(self) -> Path | None:
        """The picture that commands are about: the viewer's while it is in front, else the strip's."""
        if self.viewer is not None and self.viewer.isActiveWindow():
            return self.viewer.path
        return self.strip.marked_exactly()

    def recall_current(self, what: str) -> None:
        """Bring back what made the current picture, or a part of that."""
        if self.current is not None:
            self.recall_requested.emit(self.current, what)

    def toggle_star(self) -> None:
        """Star or unstar the current picture, or all that are selected in the strip."""
        current = self.current
        if current is None:
            return
        chosen = self.strip.selected()
        self.star(chosen if current in chosen else [current], not self.strip.is_starred(current))

    def star(self, paths: list[Path], on: bool) -> None:
        """Give pictures a star, or take it."""
        try:
            self.folder.set_stars(paths, on)
        except StudioError as error:
            self.said.emit("danger", str(error))
        self.refresh()
        if self.viewer is not None and self.viewer.path in paths:
            self.viewer.show_star(on)

    def delete(self, paths: list[Path]) -> None:
        """Delete pictures from the disk."""
        for path in paths:
            try:
                path.unlink(missing_ok=True)
                check_file(path).unlink(missing_ok=True)
            except OSError as error:
                self.said.emit("danger", f"Can't delete {path.name}: {error.strerror}.")
        if any(path.name in self.folder.stars() for path in paths):
            self.star(paths, False)
        if self.viewer is not None and self.viewer.path in paths:
            self.viewer.close()
        self.refresh()

    # -- viewer --------------------------------------------------------------------------------------------------

    def view(self, path: Path) -> None:
        """Show a picture large."""
        viewer = self._viewer()
        others = [other for other in self.strip.paths() if other != path][:60]
        viewer.show_picture(path, self.strip.is_starred(path), others)
        viewer.show()
        viewer.raise_()
        viewer.activateWindow()
        viewer.canvas.setFocus()
        self.viewed.emit(path)

    def step(self, by: int) -> None:
        """The next picture of the strip in the viewer, or the one before."""
        paths = self.strip.paths()
        if self.viewer is None or not paths:
            return
        here = paths.index(self.viewer.path) if self.viewer.path in paths else -1
        path = paths[min(max(here + by, 0), len(paths) - 1)]
        self.strip.mark(path)
        self.view(path)

    def compare(self, paths: list[Path]) -> None:
        """Compare two pictures side by side, or one with its layout."""
        if not paths:
            self.said.emit("info", "Select one picture or two: one is compared with its layout, two with each other.")
            return
        self.view(paths[0])
        self._viewer().compare_with(paths[1] if len(paths) > 1 else None, "side" if len(paths) > 1 else "wipe")

    def compare_current(self) -> None:
        """Compare the current picture with its layout by wipe."""
        if self.current is not None:
            self.compare([self.current])

    def compare_step(self, by: int) -> None:
        """Compare the current picture with its neighbour in the strip."""
        paths, current = self.strip.paths(), self.current
        if current not in paths:
            return
        place = paths.index(current) + by
        if 0 <= place < len(paths):
            self.view(current)
            mode = self._viewer().canvas.mode
            self._viewer().compare_with(paths[place], "side" if mode == "single" else mode)

    def step_mode(self) -> None:
        """The next way to compare, in the viewer."""
        if self.viewer is not None:
            self.viewer.step_mode()

    def fit(self) -> None:
        """The viewer's picture as large as there is room for."""
        if self.viewer is not None:
            self.viewer.canvas.fit()

    def one_to_one(self) -> None:
        """A pixel of the viewer's picture on a pixel of the screen."""
        if self.viewer is not None:
            self.viewer.canvas.one_to_one()

    def toggle_outlines(self) -> None:
        """Outlines of the layout over the viewer's picture, or none."""
        if self.viewer is not None:
            self.viewer.toggle_outlines()

    def toggle_verdicts(self) -> None:
        """Verdicts of the check over the viewer's picture, or none."""
        if self.viewer is not None:
            self.viewer.verdicts.toggle()

    def _viewer(self) -> PictureViewer:
        if self.viewer is None:
            self.viewer = PictureViewer(self._window)
            self.viewer.step_requested.connect(self.step)
            self.viewer.star_requested.connect(self.star)
            self.viewer.recall_requested.connect(self.recall_requested)
            self.viewer.save_requested.connect(self.save_requested)
            self.viewer.layout_wanted.connect(self._on_layout_wanted)
            self.viewer.verdicts_wanted.connect(self._on_verdicts_wanted)
            self.checking.checked.connect(self._on_checked)
            self.viewer_made.emit(self.viewer)
        return self.viewer

    def _on_layout_wanted(self, path: Path) -> None:
        from sd3studio.render.outlines import id_outlines

        viewer = self._viewer()
        try:
            request = read_png_request(path)
            maps = self.drawing.maps(request.scene, ("rgb", "id"), request.width, request.height)
        except StudioError as error:
            self.said.emit("warning", str(error))
            maps = None
        if maps is None or maps.rgb is None or maps.id is None:
            viewer.outlines.setValue(0)
            viewer.mode.setCurrentIndex(0)
            return
        width = max(round(max(maps.width, maps.height) / 400), 1)
        viewer.show_layout(maps.rgb, id_outlines(maps.id, id_colours(len(maps.ids)), width))

    def _on_verdicts_wanted(self, path: Path) -> None:
        from sd3studio.services.check_overlay import overlay

        report, viewer = self.checking.report_of(path), self._viewer()
        if report is None:
            self.checking.check(path)  # comes back by `checked`
            return
        viewer.show_verdicts(overlay(pixels_of(viewer.canvas.first), report))

    def _on_checked(self, path: Path) -> None:
        viewer = self.viewer
        if viewer is not None and viewer.path == path and viewer.verdicts.isChecked():
            self._on_verdicts_wanted(path)

    # -- headings ------------------------------------------------------------------------------------------------

    def _say_next_head(self) -> None:
        """Say of one more version of the scene what changed since the one before it, while nothing else is to do."""
        for new, old in zip(self._groups, self._groups[1:], strict=False):
            if new.scene_key and old.scene_key and new.scene_key not in self._heads:
                self._heads[new.scene_key] = self._said_changes(old, new)
                self.strip.show_head(new.scene_key, self._heads[new.scene_key])
                self._heads_timer.start()
                return

    def _mark_next(self) -> None:
        """Show on one more picture what its check said, while nothing else is to do."""
        while self._unmarked:
            path = self._unmarked.pop(0)
            report = None if self.strip.is_marked(path) else self.checking.report_of(path)
            if report is not None:
                self.strip.show_check(path, report)
                self._marks_timer.start()
                return

    def _said_changes(self, old: PictureGroup, new: PictureGroup) -> str:
        before, after = self._scene_of(old), self._scene_of(new)
        if before is None or after is None:
            return ""
        shared = before.objects.keys() & after.objects.keys()
        if len(shared) * 2 < max(len(before.objects), len(after.objects)):
            return after.title or "another scene"
        return said_changes(before, after)

    def _scene_of(self, group: PictureGroup) -> Scene | None:
        if group.scene_key not in self._scenes:
            while len(self._scenes) >= KEPT_SCENES:
                del self._scenes[next(iter(self._scenes))]
            try:
                self._scenes[group.scene_key] = read_png_request(group.pictures[0].path).scene
            except StudioError:
                return None
        return self._scenes[group.scene_key]

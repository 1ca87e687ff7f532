"""What comes in and goes out besides scenes: pictures as billboards, libraries, projects, samples, dropped files.

Mixed into `MainWindow`, which owns the parts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from sd3studio.core.catalogue import CatalogueEntry
from sd3studio.core.edits import AddObjects
from sd3studio.core.errors import StudioError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.messages import LibraryResult
from sd3studio.core.requests import ImportLibrary
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.mesh import load_mesh
from sd3studio.services.billboards import (
    PICTURE_SUFFIXES,
    SHORTEST_M,
    TALLEST_M,
    USUAL_HEIGHT_M,
    billboard_of,
    keep_picture,
)
from sd3studio.services.mesh_import import guessed, keep_mesh, let_go, object_of
from sd3studio.services.own_catalogue import GROUP, whole_catalogue
from sd3studio.services.projects import SUFFIX as PROJECT_SUFFIX
from sd3studio.services.scene_files import read_png_request
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.import_dialog import ImportDialog
from sd3studio.ui.panels.results import add_recall_actions

if TYPE_CHECKING:
    from sd3studio.ui.controllers.models import ModelsController
    from sd3studio.ui.main_window import MainWindow
    from sd3studio.ui.tour import Tour

SAMPLES = RESOURCES / "samples"
LIBRARY_SUFFIX = ".sh3f"
PICTURE_FILTER = f"Pictures ({' '.join('*' + suffix for suffix in PICTURE_SUFFIXES)})"
PROJECT_FILTER = f"Projects (*{PROJECT_SUFFIX})"
THUMBNAIL_PX = 128


class InteropWishes:
    """Methods that the table of interop commands names."""

    tour: "Tour | None" = None

    def connect_interop(self: "MainWindow") -> None:
        """Connect bundles, the user's catalogue, and files that are dropped anywhere on the window."""
        self.models: ModelsController | None = None
        self.setAcceptDrops(True)
        self.welcome.tour_requested.connect(self.start_tour)
        self.bundles.said.connect(self.notices.say)
        self.bundles.pictures_came.connect(self.pictures.refresh)
        self.catalogue_panel.model.picture_wanted.connect(self._on_entry_picture_wanted)

    # -- files that are opened or dropped ------------------------------------------------------------------------

    def open_other(self: "MainWindow", path: Path) -> bool:
        """Open a project or a furniture library; whether the file is one of these."""
        suffix = path.suffix.lower()
        if suffix == PROJECT_SUFFIX:
            self.open_project(path)
        elif suffix == LIBRARY_SUFFIX:
            self.import_library(path)
        return suffix in (PROJECT_SUFFIX, LIBRARY_SUFFIX)

    def drop_files(self: "MainWindow", paths: list[Path]) -> None:
        """What to do with files that were dropped: one of our pictures offers what can be brought back."""
        if not paths:
            return
        if paths[0].suffix.lower() == ".png":
            try:
                read_png_request(paths[0])
            except StudioError:
                pass  # a photo, or a picture of another program
            else:
                self.drop_menu = self.menu_of_dropped(paths[0])
                self.drop_menu.popup(self.cursor().pos())
                return
        self.open_path(paths[0])

    def menu_of_dropped(self: "MainWindow", path: Path) -> QMenu:
        """What can be done with a picture of ours that comes from outside."""
        menu = QMenu(self)
        menu.addAction("Open it as a scene", lambda: self.open_path(path))
        add_recall_actions(menu, path, self.recall)
        menu.addSeparator()
        menu.addAction("Stand it in the scene as a billboard", lambda: self.ask_billboard(path))
        menu.addAction("Read it as a photo", lambda: self.work.read_photo(path, self.app.settings.models))
        return menu

    def dragEnterEvent(self: "MainWindow", event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self: "MainWindow", event: QDropEvent) -> None:
        self.drop_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    # -- billboards, libraries -----------------------------------------------------------------------------------

    def ask_billboard(self: "MainWindow", path: Path | None = None) -> None:
        """Ask for a picture and its real height, and stand it in the scene."""
        if path is None:
            name, _ = QFileDialog.getOpenFileName(self, "A picture as a billboard", self._folder(), PICTURE_FILTER)
            if not name:
                return
            path = Path(name)
        try:
            kept = keep_picture(path)
        except StudioError as error:
            self.notices.say("danger", str(error))
            return
        thing = billboard_of(kept, self.session.scene, USUAL_HEIGHT_M)
        dialog = ImportDialog(thing.label, thing.size, picture=True, parent=self)
        dialog.height_m.setRange(SHORTEST_M, TALLEST_M)

        def sized() -> SceneObject:
            width, _, height = dialog.size_m
            name = dialog.name.text().strip() or thing.label
            return thing.replace(size=(width, thing.size[1], height), center=(0.0, 0.0, height / 2.0), label=name)

        if not self._ask_import(dialog, sized) and kept.new:
            let_go(kept.mesh)

    def import_model(self: "MainWindow", path: Path, ask: bool = True) -> None:
        """Add a 3D model. It is asked how large it is and which way is up, unless that is plain and `ask` is off."""
        try:
            kept = {"y": keep_mesh(path)}
        except StudioError as error:
            self.notices.say("danger", str(error))
            return
        unit, up = guessed(path, kept["y"].extent)
        if not ask and unit == "m" and up == "y":
            self.editing.add_imported(lambda scene: object_of(kept["y"], scene))
            return
        dialog = ImportDialog(kept["y"].name, kept["y"].extent, unit, up, parent=self)

        def turned() -> SceneObject:
            if dialog.axis not in kept:
                kept[dialog.axis] = keep_mesh(path, dialog.axis)
            thing = object_of(kept[dialog.axis], self.session.document.committed, dialog.metres)
            return thing.replace(label=dialog.name.text().strip() or thing.label)

        added = self._ask_import(dialog, turned)
        taken = kept[dialog.axis].mesh if added else None
        for form in kept.values():
            if form.new and form.mesh != taken:
                let_go(form.mesh)

    def _ask_import(self: "MainWindow", dialog: ImportDialog, make: Callable[[], SceneObject]) -> bool:
        """Show what `make` gives in the scene while the dialog is open, and add it in the end; whether it was."""
        from sd3studio.core.layout import place

        document = self.session.document

        def preview() -> None:
            document.end_preview()
            try:
                document.preview(AddObjects((place(document.committed, make()),)))
            except (StudioError, ValueError) as error:
                dialog.show_problem(first_sentence(error))

        dialog.changed.connect(preview)
        dialog.move(self.mapToGlobal(QPoint(self.width() - dialog.width() - 12, 110)))  # beside the 3D view
        preview()
        good = dialog.exec()
        document.end_preview()
        if good:
            self.editing.add_imported(lambda scene: make())
        return bool(good)

    def ask_library(self: "MainWindow") -> None:
        """Ask for a Sweet Home 3D library and bring it into the catalogue."""
        kinds = f"Sweet Home 3D libraries (*{LIBRARY_SUFFIX} *.zip)"
        name, _ = QFileDialog.getOpenFileName(self, "Import a furniture library", self._folder(), kinds)
        if name:
            self.import_library(Path(name))

    def import_library(self: "MainWindow", path: Path) -> None:
        """Bring a furniture library into the catalogue, in the background."""

        def take(result: LibraryResult) -> None:
            self.reload_catalogue(GROUP)
            self.docks["catalogue"].raise_()
            left_out = f" {len(result.skipped)} left out: {result.skipped[0]}" if result.skipped else ""
            level = "warning" if result.skipped else "good"
            self.notices.say(level, f"{len(result.entries)} things of {path.name} are in the catalogue.{left_out}")

        self.work.submit(ImportLibrary(library=str(path), home=str(self.app.home)), take)

    def reload_catalogue(self: "MainWindow", shelf: str = "") -> None:
        """Show the user's catalogue as it is now beside the shipped one."""
        try:
            self.catalogue.take(whole_catalogue(self.app.home).entries)
        except StudioError as error:
            self.notices.say("warning", str(error))
            return
        load_mesh.cache_clear()
        self.catalogue_panel.show_catalogue(self.catalogue, shelf)

    def _on_entry_picture_wanted(self: "MainWindow", entry: CatalogueEntry) -> None:
        def scene() -> Scene:
            from sd3studio.services.catalogue_build.thumbnails import fitting_camera

            thing = SceneObject(id="t", label=entry.category, mesh=entry.id, size=entry.size)
            placed = thing.replace(center=(0.0, 0.0, entry.size[2] / 2.0))
            return Scene.of([placed], camera=fitting_camera(entry))

        def take(picture: QPixmap) -> None:
            self.catalogue_panel.model.show_picture(entry.id, picture)

        self.scene_pictures.ask(scene, THUMBNAIL_PX, take)

    # -- projects ------------------------------------------------------------------------------------------------

    def ask_save_project(self: "MainWindow") -> None:
        """Ask what goes into a bundle, and where to, and write it."""
        from sd3studio.ui.project_dialog import ProjectDialog

        paths = self.results.paths()
        chosen = {"starred": [p for p in paths if self.results.is_starred(p)], "all": paths, "none": []}
        counts = {key: len(listed) for key, listed in chosen.items()}
        dialog = ProjectDialog(counts, len(self.bundles.waiting()), self)
        if not dialog.exec():
            return
        title = self.session.scene.title or "project"
        name, _ = QFileDialog.getSaveFileName(
            self, "Save project", f"{self._folder()}/{title}{PROJECT_SUFFIX}", PROJECT_FILTER
        )
        if name:
            path = Path(name) if Path(name).suffix.lower() == PROJECT_SUFFIX else Path(f"{name}{PROJECT_SUFFIX}")
            self.bundles.save(path, chosen[dialog.pictures], history=dialog.history, waiting=dialog.waiting)

    def ask_open_project(self: "MainWindow") -> None:
        """Ask for a bundle and open it."""
        name, _ = QFileDialog.getOpenFileName(self, "Open project", self._folder(), PROJECT_FILTER)
        if name:
            self.open_project(Path(name))

    def open_project(self: "MainWindow", path: Path) -> None:
        """Open a bundle: scene, history, pictures; what was waiting is queued if the user says so."""
        if not self.may_lose_changes():
            return
        project = self.bundles.open(path)
        if project is None:
            return
        self.view.look_through_camera(True)
        self.show_title()
        if project.requests and self.may_queue(len(project.requests)):
            self.bundles.queue(project)

    def may_queue(self: "MainWindow", count: int) -> bool:
        """Whether the user wants the waiting pictures of a project made."""
        text = f"{count} picture{'' if count == 1 else 's'} of this project were waiting. Queue them now?"
        return QMessageBox.question(self, "Queue?", text) == QMessageBox.StandardButton.Yes

    # -- models --------------------------------------------------------------------------------------------------

    def show_models(self: "MainWindow") -> None:
        """Open the model manager."""
        if self.models is None:
            from sd3studio.ui.controllers.models import ModelsController

            self.models = ModelsController(self, self.app, self.bridge)
            self.models.used.connect(self._on_model_used)
        self.models.show()

    def _on_model_used(self: "MainWindow", field: str, path: str) -> None:
        if field == "diffusers":
            self.generate_panel.model.setText(path)

    # -- tour ----------------------------------------------------------------------------------------------------

    def start_tour(self: "MainWindow") -> None:
        """Begin the guided tour; one that is under way begins anew."""
        from sd3studio.ui.tour import Tour

        if self.tour is not None:
            self.tour.stop()
        self.workspaces.go("compose")
        self.tour = Tour(self)
        self.tour.ended.connect(self._on_tour_ended)
        self.tour.start()

    def _on_tour_ended(self: "MainWindow") -> None:
        self.tour = None

    # -- samples -------------------------------------------------------------------------------------------------

    def ask_sample_scene(self: "MainWindow") -> None:
        """Choose among the scenes that ship with the program, by their pictures."""
        from sd3studio.ui.samples_gallery import SamplesGallery

        gallery = SamplesGallery(sorted(SAMPLES.glob("*.json")), self.scene_pictures, self)
        if gallery.exec() and gallery.chosen is not None:
            self.open_sample_scene(gallery.chosen.stem)

"""What the commands of the window do: dialogs, focus, toggles. Mixed into `MainWindow`, which owns the parts."""

import logging
import random
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QColorDialog, QFileDialog, QInputDialog, QLineEdit, QMessageBox

from sd3studio import __version__
from sd3studio.core.edits import AdoptObjects, RemoveObjects
from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.locations import RESOURCES
from sd3studio.render.mesh import SUFFIXES as MESH_SUFFIXES
from sd3studio.services.scene_files import read_png_request
from sd3studio.ui import theme
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.canvas.tools.gizmo import GizmoMode
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.controllers.files import PHOTO_SUFFIXES

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

log = logging.getLogger(__name__)

SAMPLES = RESOURCES / "samples"
SCENE_FILTER = "Scenes and our pictures (*.json *.png)"
PHOTO_FILTER = f"Photos ({' '.join('*' + suffix for suffix in PHOTO_SUFFIXES)})"


class WindowCommands:
    """Methods that the command table names."""

    # -- files ---------------------------------------------------------------------------------------------------

    def open_path(self: "MainWindow", path: Path) -> None:
        """Open a scene file, one of our pictures or any photo; add a 3D model to the scene."""
        if path.suffix.lower() in MESH_SUFFIXES:
            self.import_model(path, ask=False)
            return
        if self.open_other(path):
            return
        if path.suffix.lower() == ".json" or (path.suffix.lower() == ".png" and _is_ours(path)):
            if self.may_lose_changes():
                self.files.open_scene(path)
                self.view.look_through_camera(True)
        else:
            self.work.read_photo(path, self.app.settings.models)

    def ask_open(self: "MainWindow") -> None:
        """Ask for a scene file and open it."""
        name, _ = QFileDialog.getOpenFileName(self, "Open scene", self._folder(), SCENE_FILTER)
        if name:
            self.open_path(Path(name))

    def ask_model(self: "MainWindow") -> None:
        """Ask for a 3D model and add it."""
        kinds = " ".join("*" + suffix for suffix in MESH_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(self, "Import a 3D model", self._folder(), f"3D models ({kinds})")
        if name:
            self.import_model(Path(name))

    def ask_photo(self: "MainWindow") -> None:
        """Ask for a photo and read it."""
        name, _ = QFileDialog.getOpenFileName(self, "Open photo", self._folder(), f"{PHOTO_FILTER};;All files (*)")
        if name:
            self.work.read_photo(Path(name), self.app.settings.models)

    def open_sample_photo(self: "MainWindow") -> None:
        """Read the photo that ships with the program."""
        self.work.read_photo(next(SAMPLES.glob("*.jpg")), self.app.settings.models)

    def open_sample_scene(self: "MainWindow", name: str = "living-room") -> None:
        """Open a scene that ships with the program; saving it asks for a file of the user's own."""
        if self.may_lose_changes() and self.files.open_scene(SAMPLES / f"{name}.json"):
            self.files.took_over()
            self.view.look_through_camera(True)
            self.show_title()

    def save(self: "MainWindow") -> bool:
        """Save to the scene's file, or ask for one. Returns whether it was saved."""
        return self.files.save(self.session.path) if self.session.path else self.ask_save()

    def ask_save(self: "MainWindow") -> bool:
        """Ask for a file name and save there."""
        name, _ = QFileDialog.getSaveFileName(self, "Save scene", f"{self._folder()}/scene.json", "Scenes (*.json)")
        if not name:
            return False
        return self.files.save(Path(name) if Path(name).suffix else Path(name).with_suffix(".json"))

    def ask_export(self: "MainWindow") -> None:
        """Ask for a format and a name, and export."""
        from sd3studio.services.export import EXPORTERS

        forms = {f"{e.title} (*{e.suffix})": key for key, e in EXPORTERS.items()}
        name, chosen = QFileDialog.getSaveFileName(self, "Export", f"{self._folder()}/scene", ";;".join(forms))
        if name:
            form = forms[chosen]
            path = Path(name)
            self.files.export(form, path if path.suffix else path.with_suffix(EXPORTERS[form].suffix))

    def may_lose_changes(self: "MainWindow") -> bool:
        """Whether the scene may be replaced or closed: it is saved, or the user agrees."""
        if self.session.is_saved or not self.session.scene.objects:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            "Save the scene?",
            "This scene has changes that are not in a file. Save them?",
            buttons.Save | buttons.Discard | buttons.Cancel,
        )
        if answer == buttons.Save:
            return self.save()
        return answer == buttons.Discard

    def _folder(self: "MainWindow") -> str:
        return str(self.session.path.parent if self.session.path else Path.home())

    # -- focus and dialogs ---------------------------------------------------------------------------------------

    def focus_sentence(self: "MainWindow") -> None:
        """Put the cursor into the sentence."""
        self.sentence.setFocus()
        self.sentence.selectAll()

    def focus_search(self: "MainWindow") -> None:
        """Put the cursor into the search of the outliner."""
        self._show_dock("objects", self.outliner.search)

    def focus_catalogue(self: "MainWindow") -> None:
        """Put the cursor into the search of the catalogue."""
        self._show_dock("catalogue", self.catalogue_panel.search)

    def focus_relation(self: "MainWindow") -> None:
        """Go to the entry of a new relation; two selected objects are filled in."""
        self._show_dock("relations", self.relations.predicate)

    def _show_dock(self: "MainWindow", name: str, field: object) -> None:
        self.docks[name].show()
        self.docks[name].raise_()
        field.setFocus()  # type: ignore[attr-defined]

    def rename_selected(self: "MainWindow") -> None:
        """Ask for another name of the selected object."""
        for key in self.session.document.selection[:1]:
            old = self.session.scene.objects[key].label
            name, good = QInputDialog.getText(self, "Rename", "Name", QLineEdit.EchoMode.Normal, old)
            if good:
                self.editing.rename(key, name)

    def ask_colour(self: "MainWindow") -> None:
        """Ask for a colour and tint what is selected."""
        chosen = QColorDialog.getColor(QColor("#c0504d"), self, "Colour")
        if chosen.isValid():
            self.editing.recolour((chosen.redF(), chosen.greenF(), chosen.blueF()))

    def show_palette(self: "MainWindow") -> None:
        """Open the command palette."""
        from sd3studio.ui.command_palette import CommandPalette

        CommandPalette(self.commands, self).exec()

    def show_shortcuts(self: "MainWindow") -> None:
        """Open the sheet of keys."""
        from sd3studio.ui.shortcut_sheet import ShortcutSheet

        ShortcutSheet(self.commands, self).exec()

    def show_preferences(self: "MainWindow") -> None:
        """Open the preferences; they act at once."""
        from sd3studio.ui.main_window import wanted_theme
        from sd3studio.ui.preferences import Preferences

        dialog = Preferences(self.app.settings, self.commands, self)
        if not dialog.exec():
            return
        settings = dialog.settings()
        try:
            self.app.change_settings(settings)
        except StudioError as error:
            self.notices.say("danger", str(error))
        self.commands.take_keys(settings.keys)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.view.snap = SnapSteps.of(settings.snapping)
        self.take_theme(wanted_theme(settings.appearance.theme, application), settings.appearance.scale)

    def show_about(self: "MainWindow") -> None:
        """Say what this program is."""
        QMessageBox.about(
            self,
            "About SD3 Studio",
            f"<b>SD3 Studio {__version__}</b><p>A photo, a sentence and a 3D layout as three views of one scene.</p>"
            "<p>Meshes: Sweet Home 3D libraries, CC0 and CC BY; authors in resources/catalogue/CREDITS.md.</p>",
        )

    # -- view ----------------------------------------------------------------------------------------------------

    def set_gizmo_mode(self: "MainWindow", mode: GizmoMode) -> None:
        """Move, turn or scale."""
        self.view.gizmo_mode = mode
        self._view_changed()

    def toggle_local(self: "MainWindow") -> None:
        """The gizmo along world axes or the object's own."""
        self.view.local_axes = not self.view.local_axes
        self._view_changed()

    def toggle_labels(self: "MainWindow") -> None:
        """Labels on or off."""
        self.view.show_labels = not self.view.show_labels
        self._view_changed()

    def toggle_edges(self: "MainWindow") -> None:
        """Relation lines on or off."""
        self.view.edges.on = not self.view.edges.on
        self._view_changed()

    def toggle_edges_of_selection(self: "MainWindow") -> None:
        """Relation lines of what is selected, or of everything."""
        edges = self.view.edges
        edges.only_selection = not (edges.on and edges.only_selection)
        edges.on = True
        self._view_changed()

    def toggle_edges_derived(self: "MainWindow") -> None:
        """Lines for all that the geometry implies, or only for the most telling ones."""
        edges = self.view.edges
        edges.every_derived = not edges.every_derived
        edges.on = edges.on or edges.every_derived
        self._view_changed()

    def _view_changed(self: "MainWindow") -> None:
        self.view.refresh()
        self.commands.refresh()

    def frame_selection(self: "MainWindow") -> None:
        """Bring what is selected (or everything) into sight."""
        self.view.frame(self.session.document.selection)

    def toggle_camera(self: "MainWindow") -> None:
        """Look through the scene's camera, or freely."""
        self.view.look_through_camera(not self.view.through_camera)

    def set_camera_here(self: "MainWindow") -> None:
        """Make what is seen now the scene's camera."""
        camera = self.view.panes.main.scene_camera(self.session.scene.camera)
        self.editing.set_camera(camera)
        self.view.orbit = Orbit.of_camera(camera)
        self.view.look_through_camera(True)

    def cycle_photo(self: "MainWindow") -> None:
        """Objects over the photo, mixed with it, or the photo with boxes."""
        self.view.look_through_camera(True)
        self.view.cycle_photo()

    def toggle_theme(self: "MainWindow") -> None:
        """Light or dark."""
        self.take_theme(theme.LIGHT if theme.current().name == "dark" else theme.DARK)

    # -- making --------------------------------------------------------------------------------------------------

    def generate(self: "MainWindow") -> None:
        """Make a picture with the settings of the panel."""
        self.work.generate(self.generate_panel.next_request(self.session.scene))

    def check_picture(self: "MainWindow", path: Path) -> None:
        """Check a picture of the strip against the scene that it was made of."""
        self.docks["check"].raise_()
        self.checking.check(path)

    def show_check(self: "MainWindow") -> None:
        """Check the last picture, or the one that is marked in the strip."""
        path = self.results.marked()
        if path is not None:
            self.check_picture(path)
        else:
            self.notices.say("info", "Generate a picture first: then it can be checked against the scene.")

    def generate_until(self: "MainWindow", target: float, budget: int, relations: int) -> None:
        """Try seeds until a picture holds what the scene says."""
        if self.has_objects():
            self.checking.search(self.generate_panel.request(self.session.scene), target, budget, relations)

    def has_added(self: "MainWindow") -> bool:
        """Whether the scene holds things that a model added and nobody has kept yet."""
        return bool(self.session.scene.added_by_model())

    def fill_in(self: "MainWindow") -> None:
        """Let SD3 mini add what likely belongs to the scene; another try adds other things."""
        self.work.complete(seed=random.randrange(2**31))

    def remove_added(self: "MainWindow") -> None:
        """Take out everything that a model added."""
        self.editing.apply(RemoveObjects(self.session.scene.added_by_model()))

    def keep_added(self: "MainWindow") -> None:
        """Keep what a model added; of what is selected if any of it was."""
        added = self.session.scene.added_by_model()
        chosen = tuple(key for key in self.session.document.selection if key in added)
        self.editing.apply(AdoptObjects(chosen or added))

    def toggle_fill_in(self: "MainWindow") -> None:
        """Whether SD3 mini fills in what a sentence leaves open."""
        settings = self.app.settings
        wanted = settings.generation.replace(fill_in=not settings.generation.fill_in)
        try:
            self.app.change_settings(settings.replace(generation=wanted))
        except StudioError as error:
            self.notices.say("danger", str(error))
        self.commands.refresh()

    def retry_smaller(self: "MainWindow", changes: dict[str, object]) -> None:
        """Try the last picture again with smaller settings, and show them."""
        request = self.work.retry_with(changes)
        if request is not None:
            self.generate_panel.show_request(request)

    def copy_captions(self: "MainWindow") -> None:
        """Put all captions on the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(caption.text for caption in self.session.captions))
        self.notices.say("info", f"Copied {len(self.session.captions)} sentences.")

    def ask_save_picture(self: "MainWindow", path: Path) -> None:
        """Save a copy of a picture."""
        name, _ = QFileDialog.getSaveFileName(self, "Save picture", f"{self._folder()}/{path.name}", "PNG (*.png)")
        if name:
            try:
                write_atomic(Path(name), path.read_bytes())
            except (StudioError, OSError) as error:
                self.notices.say("danger", first_sentence(error))

    def on_unexpected_error(
        self: "MainWindow", kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """The last net: what nobody expected is logged and said; the window goes on."""
        log.error("unexpected error\n%s", "".join(traceback.format_exception(kind, error, trace)))
        self.notices.say("danger", f"Something went wrong ({kind.__name__}: {error}). Your scene is safe.")


def _is_ours(path: Path) -> bool:
    try:
        read_png_request(path)
    except StudioError:
        return False
    return True

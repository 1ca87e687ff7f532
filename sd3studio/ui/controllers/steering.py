"""What steers a picture: keeps the control maps live, and joins prompt, depth range, styles and references to them."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTemporaryDir
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.picture_controls import DepthRange, Style
from sd3studio.core.scene.values import Scene
from sd3studio.render.maps import RenderedMaps
from sd3studio.ui.panels.map_pictures import MAP_TITLES, boxes_image, own_limits, preview_images

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

MAP_HEIGHT_PX = 160
MAPS = ("depth", "normal", "id", "class")
ABOUT = {
    "depth": "Near is bright, as depth ControlNets expect it. Exported in 16 bit as whole millimetres, or as shown.",
    "normal": "x to the right is red, y up is green, z to the viewer is blue.",
    "id": "Each object has a colour of its own here; the file holds their numbers, and maps.json says whose they are.",
    "class": "Colours of ADE20K's classes, as segmentation ControlNets expect them.",
    "boxes": "A box and a phrase per object, as GLIGEN takes them. A phrase is the object's own prompt, if it has one.",
}
DEPTH_KINDS = {"Depth in millimetres, 16 bit (*.png)": "depth", "Depth as shown, 8 bit (*.png)": "depth_control"}
SUFFIXES = {"boxes": "JSON (*.json)"}


class SteeringController(QObject):
    """Listens to maps and generation panel; exports maps; keeps styles and references."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w = window
        self._drawn: RenderedMaps | None = None
        self._outgoing: QTemporaryDir | None = None

    def connect_all(self) -> None:
        """Connect the panels."""
        maps, panel = self.w.maps, self.w.generate_panel
        maps.export_requested.connect(self.ask_export_all)
        maps.map_export_requested.connect(self.ask_export)
        maps.enlarge_requested.connect(self.enlarge)
        maps.depth_range_changed.connect(self._on_depth_range)
        maps.prompt_edited.connect(panel.show_own_prompt)
        panel.prompt_edited.connect(self.refresh_prompt)
        panel.request_shown.connect(self._on_request_shown)
        panel.style_row.save_requested.connect(self.ask_save_style)
        panel.style_row.delete_requested.connect(self.delete_style)
        panel.reference_row.file_chosen.connect(self.take_reference)
        for thumbnail in maps.thumbnails.values():
            thumbnail.file_of = self.file_to_drag
        self.show_styles()

    # -- maps ----------------------------------------------------------------------------------------------------

    def refresh_maps(self) -> None:
        """Draw the thumbnails anew, while they can be seen."""
        scene = self.w.session.scene
        if not self.w.maps.isVisible():
            return
        camera = scene.camera
        width = max(64, round(MAP_HEIGHT_PX * camera.width / camera.height))
        drawn = self.w.scene_pictures.maps(scene, MAPS, width, MAP_HEIGHT_PX, ground="all")
        if drawn is None:
            return
        self._drawn = drawn
        self.w.maps.show_boxes(boxes_image(scene, 2 * width, 2 * MAP_HEIGHT_PX, text_share=1 / 10))
        self._show_maps()
        self.refresh_prompt()

    def _show_maps(self) -> None:
        if self._drawn is not None:
            pictures = preview_images(self._drawn, self.w.generate_panel.depth_range)
            self.w.maps.show_maps(pictures, *own_limits(self._drawn))

    def refresh_prompt(self) -> None:
        """Show the prompt beside the maps: the user's own, else the written one."""
        self.w.maps.show_prompt(self.w.session.prompt, self.w.generate_panel.own_prompt())

    def _on_depth_range(self, depth_range: DepthRange) -> None:
        self.w.generate_panel.depth_range = depth_range
        self._show_maps()

    def _on_request_shown(self) -> None:
        self.w.maps.show_depth_range(self.w.generate_panel.depth_range)
        self._show_maps()
        self.refresh_prompt()

    def _at_full_size(self) -> tuple[Scene, RenderedMaps] | None:
        """The scene as the next picture sees it, and its maps in that size."""
        scene = self.w.generate_panel.request(self.w.session.scene).scene
        drawn = self.w.scene_pictures.maps(scene, MAPS, scene.camera.width, scene.camera.height, ground="all")
        return None if drawn is None else (scene, drawn)

    def enlarge(self, name: str) -> None:
        """Show a map large, in the size of the picture."""
        from sd3studio.ui.map_viewer import MapViewer

        found = self._at_full_size()
        if found is None:
            return
        scene, drawn = found
        thumbnail = self.w.maps.thumbnails[name]
        if name == "boxes":
            image = boxes_image(scene, 2 * drawn.width, 2 * drawn.height)
        else:
            from sd3studio.ui.pixels import image_of

            image = image_of(preview_images(drawn, self.w.generate_panel.depth_range)[name])
        viewer = MapViewer(name, thumbnail.picture.accessibleName(), image, ABOUT[name], self.w)
        viewer.export_requested.connect(self.ask_export)
        viewer.show()

    # -- files ---------------------------------------------------------------------------------------------------

    def file_bytes(self, name: str) -> bytes | None:
        """What the file of a map holds (see `control_files.FILES`); None while the view can't draw."""
        from sd3studio.services.control_files import control_file

        found = self._at_full_size()
        if found is None:
            return None
        scene, drawn = found
        panel = self.w.generate_panel
        return control_file(name, scene, drawn, panel.depth_range, panel.own_prompt())

    def file_to_drag(self, name: str) -> Path | None:
        """The map as a file of its own, for a drag out of the window; it goes when the window does."""
        from sd3studio.services.control_files import FILES

        if self._outgoing is None:
            self._outgoing = QTemporaryDir(f"{tempfile.gettempdir()}/sd3studio-maps-XXXXXX")
        data = self.file_bytes(name)
        if data is None or not self._outgoing.isValid():
            return None
        path = Path(self._outgoing.path()) / FILES[name]
        return path if self._write(path, data) else None

    def ask_export(self, name: str) -> None:
        """Ask for a file and write one map."""
        from sd3studio.services.control_files import FILES

        kinds = DEPTH_KINDS if name == "depth" else {SUFFIXES.get(name, "PNG (*.png)"): name}
        start = f"{self.w.folder()}/{FILES[name]}"
        title = f"Export {MAP_TITLES[name].lower()}"
        chosen, kind = QFileDialog.getSaveFileName(self.w, title, start, ";;".join(kinds))
        if chosen:
            path = Path(chosen)
            self.export(kinds.get(kind, name), path if path.suffix else path.with_suffix(Path(FILES[name]).suffix))

    def export(self, name: str, path: Path) -> None:
        """Write one map to a file."""
        data = self.file_bytes(name)
        if data is not None and self._write(path, data):
            self.w.notices.say("good", f"Wrote {path}.")

    def ask_export_all(self) -> None:
        """Ask for a folder and write all control maps, boxes and the prompt into it."""
        folder = QFileDialog.getExistingDirectory(self.w, "Folder for the control maps", self.w.folder())
        if folder:
            self.export_all(Path(folder))

    def export_all(self, folder: Path) -> None:
        """Write all control maps, boxes and the prompt into a folder."""
        from sd3studio.services.control_files import write_control_set

        found = self._at_full_size()
        if found is None:
            return
        panel = self.w.generate_panel
        try:
            written = write_control_set(folder, *found, depth_range=panel.depth_range, prompt=panel.own_prompt())
        except StudioError as error:
            self.w.notices.say("danger", str(error))
            return
        self.w.notices.say("good", f"Wrote {len(written)} files to {folder}.")

    def _write(self, path: Path, data: bytes) -> bool:
        try:
            write_atomic(path, data)
        except StudioError as error:
            self.w.notices.say("danger", str(error))
            return False
        return True

    # -- styles and references -----------------------------------------------------------------------------------

    def show_styles(self) -> None:
        """Show the presets that there are."""
        from sd3studio.services.styles import all_styles, own_styles, shipped_styles

        home = self.w.app.home
        try:
            styles, own = all_styles(home), [style.name for style in own_styles(home)]
        except StudioError as error:
            self.w.notices.say("warning", str(error))
            styles, own = shipped_styles(), []
        self.w.generate_panel.style_row.show_styles(styles, own)

    def ask_save_style(self) -> None:
        """Ask for a name and keep the words of the panel as a style of the user's own."""
        name, good = QInputDialog.getText(self.w, "Keep as a style", "Name of the style")
        if good and name.strip():
            self.save_style(name.strip())

    def save_style(self, name: str) -> None:
        """Keep prompt, negative prompt, steps and guidance of the panel as a style."""
        from sd3studio.services.styles import add_style

        request = self.w.generate_panel.request(Scene())
        if not request.words("") and not request.unwanted:
            self.w.notices.say("info", "Type a prompt or a negative prompt first: they become the style's words.")
            return
        style = Style(
            name=name[:80],
            prompt=request.words(""),
            negative=request.unwanted,
            steps=request.steps,
            guidance=request.guidance,
        )
        try:
            add_style(self.w.app.home, style)
        except StudioError as error:
            self.w.notices.say("danger", str(error))
            return
        self.show_styles()
        self.w.generate_panel.take_style(style)
        self.w.notices.say("good", f"The style {name} is kept.")

    def delete_style(self, name: str) -> None:
        """Delete a style of the user's own, after asking."""
        from sd3studio.services.styles import remove_style

        yes = QMessageBox.StandardButton.Yes
        if QMessageBox.question(self.w, "Delete style?", f"Delete your style {name}?") != yes:
            return
        try:
            remove_style(self.w.app.home, name)
        except StudioError as error:
            self.w.notices.say("danger", str(error))
            return
        self.w.generate_panel.style_row.show_style(None)
        self.show_styles()

    def take_reference(self, path: Path) -> None:
        """Use a picture as reference."""
        from sd3studio.services.picture_controls import reference_from

        row = self.w.generate_panel.reference_row
        try:
            row.show_reference(reference_from(path, row.strength.value()))
        except StudioError as error:
            self.w.notices.say("danger", str(error))

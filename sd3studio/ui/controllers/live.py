"""Keeps panels in step with the document: at once what is cheap, a moment later what takes time."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QImage, QImageReader

from sd3studio.core.messages import CaptionsResult, Failed, Finished, ImageResult, Progress, SceneResult
from sd3studio.core.scene.values import Scene
from sd3studio.core.training.in_use import weights_in_use
from sd3studio.services.jobs import JobRecord

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

SOON_MS = 30
"""Relations and captions follow a drag this much later."""
MAPS_MS = 120
"""Control maps follow a drag this much later."""
WRITING_MS = 900
"""SD3 mini writes sentences once the scene has rested this long; until then those made by rule are shown."""
DESCRIBE = "Describe a scene, in English or Chinese, and press Enter"
CHANGE = "Say what to change: move the lamp to the right of the sofa"
MAX_PHOTO_PX = 1_600
"""The photo behind the scene is shown at most this wide or high."""


class LiveController(QObject):
    """Listens to document and jobs, and shows what is new in the panels."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w = window
        self._photo_path = ""
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._refresh_words)
        self._maps = QTimer(self, singleShot=True, interval=MAPS_MS)
        self._maps.timeout.connect(window.steering.refresh_maps)
        self._writing = QTimer(self, singleShot=True, interval=WRITING_MS)
        self._writing.timeout.connect(self._ask_for_sentences)

    def connect_all(self) -> None:
        """Connect signals of document, panels and jobs."""
        w, document = self.w, self.w.session.document
        self._pointed_at: str | None = None
        document.changed.connect(self._on_changed)
        document.selection_changed.connect(self._on_selection)
        document.history_changed.connect(self._on_history)
        w.files.file_changed.connect(w.show_title)
        w.outliner.select_requested.connect(document.select)
        w.outliner.activated.connect(self._on_activated)
        w.outliner.tree.rename_requested.connect(w.editing.rename)
        w.outliner.tree.hide_requested.connect(w.editing.hide)
        w.outliner.tree.lock_requested.connect(w.editing.lock)
        w.inspector.edit_requested.connect(w.editing.apply)
        w.camera_panel.edit_requested.connect(w.editing.apply)
        w.captions.select_requested.connect(document.select)
        w.history.go_requested.connect(document.go_to)
        w.view.hovered_changed.connect(self._on_hovered)
        w.view.viewpoint_changed.connect(w.commands.refresh)
        w.work.busy_changed.connect(self._on_busy)
        w.work.progressed.connect(self._on_progress)
        w.work.image_made.connect(self._on_image)
        w.work.sentence_done.connect(w.sentence.clear)
        w.work.image_failed.connect(self._on_image_failed)
        w.work.scene_read.connect(self._on_scene_read)
        w.work.captions_written.connect(self._on_captions_written)
        w.bridge.ended.connect(self._on_ended)

    def refresh_all(self) -> None:
        """Show everything anew."""
        scene = self.w.session.scene
        self.w.outliner.show_scene(scene)
        self.w.camera_panel.show_scene(scene)
        self._on_selection()
        self._on_history()
        self._refresh_words()
        self._maps.start()
        self._show_nothing_or_something(scene)

    def _show_nothing_or_something(self, scene: Scene) -> None:
        """The welcome, and what a sentence does: it makes a scene where there is none, and changes one that is."""
        empty = not scene.objects
        self.w.welcome.setVisible(empty)
        self.w.sentence.setPlaceholderText(DESCRIBE if empty else CHANGE)

    def reload_photo(self) -> None:
        """Show the photo of the scene behind it, if it is still there."""
        photo = self.w.session.scene.photo
        path = photo.path if photo else ""
        if path == self._photo_path:
            return
        self._photo_path = path
        pixels = photo_pixels(Path(path)) if path else None
        if path and pixels is None:
            self.w.notices.say("warning", f"The photo {path} of this scene is not there any more.")
        self.w.view.set_photo(pixels)

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self.w.outliner.show_scene(new)
        self.w.inspector.show_things(
            [new.objects[key] for key in self.w.session.document.selection if key in new.objects]
        )
        self._show_nothing_or_something(new)
        self.w.camera_panel.show_scene(new)
        if self._pointed_at and new.objects.get(self._pointed_at) is not old.objects.get(self._pointed_at):
            self._on_hovered(self._pointed_at)
        if new.photo != old.photo:
            self.reload_photo()
        if not self._soon.isActive():
            self._soon.start()
        if not self._maps.isActive():
            self._maps.start()
        self._writing.start()

    def _on_selection(self) -> None:
        document = self.w.session.document
        self.w.outliner.show_selection(document.selection)
        self.w.inspector.show_things([document.scene.objects[key] for key in document.selection])
        self.w.commands.refresh()
        if not self._soon.isActive():
            self._soon.start()

    def _on_history(self) -> None:
        document = self.w.session.document
        self.w.history.show_history(document.steps, document.position)
        for name, label in (("Undo", document.undo_label), ("Redo", document.redo_label)):
            self.w.commands.actions[f"edit.{name.lower()}"].setText(f"{name}: {label}" if label else name)
        self.w.saved_label.setText("Saved" if self.w.session.is_saved and self.w.session.path else "Journalled")
        self.w.saved_label.setToolTip("Every step is on disk; a crash or a kill loses nothing")
        self.w.commands.refresh()
        self.w.show_title()

    def _refresh_words(self) -> None:
        session = self.w.session
        self.w.relating.refresh()
        self.w.captions.show_captions(session.captions)
        self.w.generate_panel.show_prompt(session.prompt)
        self.w.steering.refresh_prompt()

    def _ask_for_sentences(self) -> None:
        session = self.w.session
        wanted = self.w.app.settings.generation.model_captions and has_text_weights()
        if wanted and session.scene is session.document.committed and len(session.scene.solid_objects()) > 1:
            self.w.work.write_captions()

    def _on_captions_written(self, scene: Scene, result: CaptionsResult) -> None:
        if self.w.session.take_captions(scene, result.captions):
            self.w.captions.show_captions(result.captions)

    def _on_activated(self, key: str) -> None:
        self.w.view.frame((key,))

    def _on_hovered(self, key: str | None) -> None:
        """Say where the thing under the mouse stands and how large it is."""
        scene, self._pointed_at = self.w.session.scene, key
        if key is None or key not in scene.objects:
            self.w.place_label.setText("")
            return
        thing = scene.objects[key]
        x, y, z = thing.center
        size = " × ".join(f"{s:.2f}" for s in thing.size)
        self.w.place_label.setText(
            f"{thing.label}:  x {x:.2f}  y {y:.2f}  base {z - thing.size[2] / 2:.2f} m,  {size} m"
        )

    def _on_busy(self, text: str) -> None:
        self.w.busy_label.setText(text)
        self.w.busy_bar.setVisible(bool(text))
        self.w.busy_bar.setRange(0, 0)
        self.w.generate_panel.show_running(bool(text))
        self.w.commands.refresh()

    def _on_progress(self, record: JobRecord, progress: Progress) -> None:
        self.w.busy_bar.setRange(0, progress.total)
        self.w.busy_bar.setValue(progress.step)
        if progress.text:
            self.w.busy_label.setText(progress.text)
        if record.request.kind == "generate_image":
            self.w.generate_panel.show_progress(progress)
            if progress.preview:
                self.w.results.show_preview(progress.preview)

    def _on_image(self, path: Path, result: ImageResult) -> None:
        self.take_image(path, result)
        if result.seed == self.w.generate_panel.seed.value():
            self.w.generate_panel.next_seed()
        if self.w.app.settings.generation.check_pictures:
            self.w.checking.check(path)

    def take_image(self, path: Path, result: ImageResult) -> None:
        """Show a picture that was made and written to `path`."""
        self.w.pictures.take(path)
        if not self.w.queue_panel.isVisible():
            self.w.docks["results"].raise_()

    def _on_image_failed(self, failure: Failed) -> None:
        self.w.generate_panel.show_failure(failure.message, failure.hint)

    def _on_ended(self, record: JobRecord, end: object) -> None:
        """A picture that will not be finished leaves no preview behind."""
        if record.request.kind in ("generate_image", "generate_until") and not isinstance(end, Finished):
            self.w.results.end_preview()

    def _on_scene_read(self, result: SceneResult) -> None:
        self.w.view.look_through_camera(True)
        self.w.view.setFocus()


def has_text_weights() -> bool:
    """Whether the weights in use have a text part."""
    folder = weights_in_use("sd3")
    return folder is not None and (folder / "text_codec").is_dir()


def photo_pixels(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 pixels of a photo, turned upright and scaled down for the screen; None if it can't be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > 200_000_000:
        return None
    if max(size.width(), size.height()) > MAX_PHOTO_PX:
        reader.setScaledSize(size.scaled(MAX_PHOTO_PX, MAX_PHOTO_PX, Qt.AspectRatioMode.KeepAspectRatio))
    picture = reader.read()
    if picture.isNull():
        return None
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8, picture.sizeInBytes()).reshape(picture.height(), -1)
    return rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).copy()

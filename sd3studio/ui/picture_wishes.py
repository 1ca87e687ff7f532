"""What the commands about pictures do: queue, strip, viewer. Mixed into `MainWindow`, which owns the parts."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from sd3studio.core.edits import ReplaceScene
from sd3studio.core.errors import StudioError
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.requests import GenerateImage
from sd3studio.services.scene_files import read_png_request
from sd3studio.ui.picture_viewer import PictureViewer

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


class PictureWishes:
    """Methods that the table of picture commands names."""

    def connect_pictures(self: "MainWindow") -> None:
        """Connect queue, strip and viewer."""
        self.queueing.length_changed.connect(self._on_queue_length)
        self.queueing.view_requested.connect(self.pictures.view)
        self.pictures.recall_requested.connect(self.recall)
        self.pictures.save_requested.connect(self.ask_save_picture)
        self.pictures.viewer_made.connect(self._on_viewer_made)
        self.results.delete_requested.connect(self.ask_delete_pictures)
        self.queueing.recall_requested.connect(self.recall_request)
        self.queue_button.clicked.connect(self.show_queue)
        self.queue_panel.batch_requested.connect(self.ask_batch)
        self._on_queue_length(0, False)

    def generate_front(self: "MainWindow") -> None:
        """Make a picture with the settings of the panel before all that wait."""
        self.work.generate(self.generate_panel.next_request(self.session.scene), front=True)

    def ask_batch(self: "MainWindow") -> None:
        """Ask what varies, say how many pictures that is, and queue them."""
        from sd3studio.ui.batch_dialog import BatchDialog

        if not self.has_objects():
            self.notices.say("info", "Place something first: a batch is made of the scene.")
            return
        dialog = BatchDialog(self.generate_panel.request(self.session.scene), self)
        if dialog.exec():
            self.work.generate_all(dialog.batch(), front=dialog.front)
            self.show_queue()

    def show_queue(self: "MainWindow") -> None:
        """Bring the queue to the front."""
        self._show_dock("queue", self.queue_panel.list)

    def recall_request(self: "MainWindow", request: GenerateImage, what: str = "Recall") -> None:
        """Bring back scene and settings of a request; the scene now stays in the history."""
        self.editing.apply(ReplaceScene(request.scene, what))
        self.generate_panel.show_request(request)
        self.view.look_through_camera(True)

    def recall(self: "MainWindow", path: Path, what: str = "all") -> None:
        """Bring back what made a picture: scene and settings (``all``, ``remix``), or its ``seed`` or ``prompt``."""
        try:
            request = read_png_request(path)
        except StudioError as error:
            self.notices.say("danger", str(error))
            return
        panel = self.generate_panel
        if what == "seed":
            panel.show_seed(request.seed)
            self.notices.say("info", f"Seed {request.seed} is used from now on.")
        elif what == "prompt":
            panel.show_words(request.prompt or prompt_of(request.scene))
            self.notices.say("info", "The prompt of the picture is used from now on.")
        else:
            self.recall_request(request, f"Recall {path.stem}")
            if what == "remix":
                panel.another_seed()

    def ask_report(self: "MainWindow") -> None:
        """Ask for a folder and write a report on the selected pictures there, or on all in the strip."""
        chosen = self.results.selected()
        pictures = chosen if len(chosen) > 1 else self.results.paths()
        title = f"Folder for the report on {len(pictures)} pictures"
        folder = QFileDialog.getExistingDirectory(self, title, self._folder())
        if folder and pictures:
            self.reporting.report_on(pictures, Path(folder))

    def ask_delete_pictures(self: "MainWindow", paths: list[Path]) -> None:
        """Delete pictures after asking."""
        what = paths[0].name if len(paths) == 1 else f"{len(paths)} pictures"
        starred = sum(self.results.is_starred(path) for path in paths)
        more = f" {starred} of them with a star." if starred and len(paths) > 1 else ""
        question = f"Delete {what} from the disk?{more}"
        if QMessageBox.question(self, "Delete?", question) == QMessageBox.StandardButton.Yes:
            self.pictures.delete(paths)

    def delete_current_picture(self: "MainWindow") -> None:
        """Delete the picture that is looked at, or those that are selected in the strip, after asking."""
        current, chosen = self.pictures.current, self.results.selected()
        paths = chosen if current in chosen else [current] if current is not None else []
        if paths:
            self.ask_delete_pictures(paths)

    def _on_viewer_made(self: "MainWindow", viewer: PictureViewer) -> None:
        self.commands.serve("pictures", viewer.canvas)

    def _on_queue_length(self: "MainWindow", length: int, paused: bool) -> None:
        self.queue_button.setText(f"Queue {length}{' (held)' if paused else ''}")
        self.queue_button.setVisible(bool(length) or paused)
        self.commands.refresh()

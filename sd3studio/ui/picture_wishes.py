"""What the commands about pictures do: queue, strip, viewer. Mixed into `MainWindow`, which owns the parts."""

from typing import TYPE_CHECKING

from sd3studio.core.edits import ReplaceScene
from sd3studio.core.requests import GenerateImage

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


class PictureWishes:
    """Methods that the table of picture commands names."""

    def connect_pictures(self: "MainWindow") -> None:
        """Connect queue, strip and viewer."""
        self.queueing.length_changed.connect(self._on_queue_length)
        self.queueing.view_requested.connect(self.view_picture)
        self.queueing.recall_requested.connect(self.recall_request)
        self.queue_button.clicked.connect(self.show_queue)
        self._on_queue_length(0, False)

    def generate_front(self: "MainWindow") -> None:
        """Make a picture with the settings of the panel before all that wait."""
        self.work.generate(self.generate_panel.request(self.session.scene), front=True)

    def show_queue(self: "MainWindow") -> None:
        """Bring the queue to the front."""
        self._show_dock("queue", self.queue_panel.list)

    def recall_request(self: "MainWindow", request: GenerateImage) -> None:
        """Bring back scene and settings of a request; the scene now stays in the history."""
        self.editing.apply(ReplaceScene(request.scene, "Recall"))
        self.generate_panel.show_request(request)
        self.view.look_through_camera(True)

    def _on_queue_length(self: "MainWindow", length: int, paused: bool) -> None:
        self.queue_button.setText(f"Queue {length}{' (held)' if paused else ''}")
        self.queue_button.setVisible(bool(length) or paused)
        self.commands.refresh()

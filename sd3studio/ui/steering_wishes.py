"""What the commands about drafts and keeping the rest do. Mixed into `MainWindow`, which owns the parts."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from sd3studio.core.errors import StudioError
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.values import Scene
from sd3studio.ui.actions import Command
from sd3studio.ui.controllers.editing import first_sentence

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


def steering_commands(w: "MainWindow") -> list[Command]:
    """Rows of the table of commands."""
    return [
        Command("make.rest", "Draw anew only what changed", "Make", w.generate_rest, ("Alt+Return",), "rest",
                enabled=w.can_keep_rest, tip="Keep the rest of the marked picture to the pixel"),
        Command("make.draft", "Drafts while you drag", "Make", w.drafts.toggle, ("Alt+D",), "draft",
                checked=lambda: w.drafts.on, tip="A small quick picture by SD3 mini follows the layout"),
    ]  # fmt: skip


class SteeringWishes:
    """Methods that the rows of `steering_commands` name."""

    def connect_steering(self: "MainWindow") -> None:
        """Connect what steers pictures, and the drafts."""
        self.steering.connect_all()
        self.drafts.said.connect(self.notices.say)
        self.drafts.drawn.connect(self.draft_view.show_draft)
        self.drafts.toggled.connect(self._on_drafts_toggled)
        self.draft_view.closed.connect(self._on_draft_closed)
        self.generate_panel.draft.clicked.connect(self.drafts.toggle)
        self.generate_panel.rest.clicked.connect(self.generate_rest)

    def folder(self: "MainWindow") -> str:
        """Where dialogs begin: beside the scene's file."""
        return self._folder()

    def draft_request(self: "MainWindow", scene: Scene) -> GenerateImage:
        """The picture whose draft is wanted."""
        return self.generate_panel.request(scene)

    def can_keep_rest(self: "MainWindow") -> bool:
        """Whether there is a scene, and a picture of which the rest could be kept."""
        return self.has_objects() and self.results.has_pictures()

    def generate_rest(self: "MainWindow") -> None:
        """Make the marked picture (or the newest) once more for the scene as it is, and keep the rest of it."""
        from sd3studio.services.picture_controls import rest_request

        path = self.results.marked()
        if path is None:
            self.notices.say("info", "Generate a picture first: then only what changed since can be drawn anew.")
            return
        try:
            request = rest_request(self.session.scene, path)
            own = self.generate_panel.request(request.scene)
            same = {name: getattr(request, name) for name in ("keep", "width", "height", "scene")}
            if own.backend != request.backend:  # the panel was set to something else meanwhile: as the picture was made
                own = request
            self.work.generate(own.replace(**same))
        except (StudioError, ValidationError) as error:
            self.notices.say("danger", str(error) if isinstance(error, StudioError) else first_sentence(error))

    def _on_drafts_toggled(self: "MainWindow", on: bool) -> None:
        self.generate_panel.draft.setChecked(on)
        if on:
            self.draft_view.show_waiting()
        else:
            self.draft_view.hide()
        self.commands.refresh()

    def _on_draft_closed(self: "MainWindow") -> None:
        self.drafts.toggle(False)

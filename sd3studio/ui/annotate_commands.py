"""The commands of the Annotate workspace, one row each; `command_table` takes them over."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sd3studio.core.errors import StudioError
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui.actions import Command, always

if TYPE_CHECKING:
    from sd3studio.ui.controllers.reviewing import ReviewController
    from sd3studio.ui.main_window import MainWindow
    from sd3studio.ui.workspaces.annotate import AnnotateSide

PLACES = ("annotate",)
NUDGE_PX = 2.0
ARROWS = (("Left", -NUDGE_PX, 0.0), ("Right", NUDGE_PX, 0.0), ("Up", 0.0, -NUDGE_PX), ("Down", 0.0, NUDGE_PX))


def annotate_rows(w: "MainWindow") -> list[Command]:
    """The rows of the Annotate menu. Single letters act while the photo or the 3D view has the focus."""
    some = w.editing.has_selection
    document = w.session.document

    def side() -> "AnnotateSide":
        return w.workspaces.widget("annotate")  # type: ignore[return-value]

    def row(
        name: str,
        title: str,
        keys: tuple[str, ...],
        run: Callable[[], object],
        icon: str = "",
        scope: Literal["window", "view"] = "view",
        enabled: Callable[[], bool] = always,
        checked: Callable[[], bool] | None = None,
    ) -> Command:
        return Command(f"annotate.{name}", title, "Annotate", run, keys, icon, scope, enabled, checked, places=PLACES)

    def tool(name: str) -> Callable[[], None]:
        return lambda: side().photo.take_tool(name)  # type: ignore[arg-type]

    def flag(name: str) -> Callable[[], None]:
        return lambda: side().annotating.toggle(name)

    def grow(axis: int, steps: int) -> Callable[[], None]:
        return lambda: side().annotating.grow(axis, steps)

    def has_flag(name: str) -> Callable[[], bool]:
        return lambda: any(getattr(thing, name) for thing in _selected(w))

    def sides(*by_px: float) -> Callable[[], None]:
        return lambda: side().annotating.nudge_box((by_px[0], by_px[1], by_px[2], by_px[3]))

    two = lambda: len(document.selection) > 1  # noqa: E731
    window: Literal["window"] = "window"
    return [
        row("next_photo", "Next photo", ("D",), lambda: side().review.go(1), "chevron-right"),
        row("previous_photo", "Photo before", ("A",), lambda: side().review.go(-1), "chevron-left"),
        row("next_unchecked", "Next unchecked photo", ("Ctrl+Shift+D",), lambda: side().review.go_unchecked(),
            scope=window),
        row("checked_photo", "Photo checked or not", ("Ctrl+Alt+K",), lambda: side().review.toggle_checked(), "check",
            window),
        row("reject_photo", "Reject the photo", ("Ctrl+Alt+X",), lambda: side().review.set_state("rejected"), "close",
            window),
        row("next_item", "Next to look at", ("J",), lambda: w.review_panel.step(1)),
        row("previous_item", "Before it", ("Shift+J",), lambda: w.review_panel.step(-1)),
        row("accept", "It is right", ("Return", "Enter"), w.review_panel.accept_marked, "check"),
        row("reject", "It is wrong", ("Backspace",), w.review_panel.reject_marked, "close"),
        row("check_thing", "Thing checked or not", ("Space",), lambda: side().check_selected(), "check", enabled=some,
            checked=has_flag("checked")),
        row("box", "New thing by a box", ("B",), tool("box"), "box-draw"),
        row("box_here", "New thing in the middle", ("Shift+B",), lambda: side().add_box_by_key()),
        row("class", "Change class…", ("K",), lambda: side().ask_class(), "search", enabled=some),
        row("relate", "Relate two things", ("G",), lambda: side().relate(), "relation"),
        row("split", "Split in two", ("Shift+S",), lambda: side().annotating.split(), enabled=some),
        row("split_upright", "Split into upper and lower", ("Alt+Shift+S",),
            lambda: side().annotating.split(across="height"), enabled=some),
        row("merge", "Merge into one", ("Shift+M",), lambda: side().annotating.merge(), enabled=two),
        row("truncated", "Cut by the frame", ("T",), flag("truncated"), enabled=some, checked=has_flag("truncated")),
        row("occluded", "Hidden in part", ("O",), flag("occluded"), enabled=some, checked=has_flag("occluded")),
        row("fit", "Fit to its photo box", ("U",), lambda: side().annotating.fit(), "frame", enabled=some),
        *(
            row(f"box_{name.lower()}", f"Photo box: {NUDGE_PX:.0f} px {name.lower()}", (f"Ctrl+{name}",),
                sides(dx, dy, dx, dy), enabled=some)
            for name, dx, dy in ARROWS
        ),
        *(
            row(f"corner_{name.lower()}", f"Photo box: lower right corner {name.lower()}", (f"Ctrl+Shift+{name}",),
                sides(0.0, 0.0, dx, dy), enabled=some)
            for name, dx, dy in ARROWS
        ),
        row("wider", "Wider", ("Alt+Right",), grow(0, 1), enabled=some),
        row("narrower", "Narrower", ("Alt+Left",), grow(0, -1), enabled=some),
        row("taller", "Taller", ("Alt+Up",), grow(2, 1), enabled=some),
        row("lower", "Lower", ("Alt+Down",), grow(2, -1), enabled=some),
        row("deeper", "Deeper", ("Alt+Shift+Up",), grow(1, 1), enabled=some),
        row("shallower", "Less deep", ("Alt+Shift+Down",), grow(1, -1), enabled=some),
        row("brush", "Paint the mask", ("Y",), tool("brush"), "brush", enabled=some),
        row("eraser", "Erase from the mask", ("Shift+Y",), tool("eraser"), "eraser", enabled=some),
        row("polygon", "Mask by a polygon", ("Alt+Y",), tool("polygon"), "polygon", enabled=some),
        row("cut_out", "Find the mask again", ("Ctrl+Shift+G",), lambda: side().annotating.cut_out(), "cut-out", window,
            some),
        row("box_from_mask", "Fit to its mask", ("Shift+U",), lambda: side().annotating.box_from_mask(), enabled=some),
        row("camera", "Correct the camera", ("I",), tool("camera"), "camera"),
        row("masks", "Show masks", ("Shift+P",), lambda: side().masks.toggle(), "layers",
            checked=lambda: _shown(w, "masks")),
        row("only_selected", "Show everything", ("Shift+H",), lambda: side().everything.toggle(), "eye",
            checked=lambda: _shown(w, "everything")),
        row("layout", "Side by side, photo alone, 3D alone", ("Shift+V",), lambda: side().cycle_layout(), "layers"),
        row("whole", "The whole photo", ("Z",), lambda: side().photo.fit(), "frame"),
        row("close_up", "Close to the selected thing", ("Shift+Z",), lambda: side().photo.frame_selection(), "frame"),
        row("comment", "Comment…", ("Ctrl+Alt+C",), w.focus_comment, "text", window),
    ]  # fmt: skip


def _selected(w: "MainWindow") -> list[SceneObject]:
    objects = w.session.scene.objects
    return [objects[key] for key in w.session.document.selection if key in objects]


def _shown(w: "MainWindow", name: str) -> bool:
    side = w.workspaces.made("annotate")
    return side is not None and getattr(side, name).isChecked()


def import_row(w: "MainWindow") -> Command:
    """The row of the File menu that reads annotations."""
    return Command("file.annotations", "Import annotations…", "File", w.ask_annotations, icon="open")


class AnnotateCommands:
    """Methods of the window that Annotate needs; mixed into `MainWindow`."""

    _library_review: "ReviewController | None" = None

    @property
    def library_review(self: "MainWindow") -> "ReviewController":
        """What opens photos of the library and stores their scenes, in whatever workspace; made when first needed."""
        if self._library_review is None:
            from sd3studio.ui.controllers.reviewing import ReviewController

            self._library_review = ReviewController(self)
            self._library_review.said.connect(self.notices.say)
        return self._library_review

    def library_title(self: "MainWindow") -> str:
        """How a scene without a file and a title is called: by its photo of the library."""
        review = self._library_review
        return review.name() if review is not None and review.is_open() else "Untitled scene"

    def may_lose_changes(self: "MainWindow") -> bool:
        """As `WindowCommands` says; what was corrected in Annotate is stored in the library and not asked for."""
        self.keep_annotations()
        return super().may_lose_changes()  # type: ignore[misc,safe-super]

    def save(self: "MainWindow") -> bool:
        """As `WindowCommands` says; the scene of a photo of the library goes back there."""
        review = self._library_review
        if self.session.path is not None or review is None or not review.is_open():
            return super().save()  # type: ignore[misc,safe-super]
        review.keep()
        if self.session.is_saved:
            self.notices.say("good", f"Stored in the library: {review.name()}.")
        return self.session.is_saved

    def ask_annotations(self: "MainWindow") -> None:
        """Ask for annotations of another program and read them."""
        from PySide6.QtWidgets import QFileDialog

        from sd3studio.services.import_ import IMPORTERS

        forms = {f"{one.title} ({' '.join('*' + s for s in one.suffixes)})": key for key, one in IMPORTERS.items()}
        name, chosen = QFileDialog.getOpenFileName(self, "Import annotations", self._folder(), ";;".join(forms))
        if name:
            self.import_annotations(Path(name), forms[chosen])

    def import_annotations(self: "MainWindow", path: Path, form: str) -> None:
        """Open the scene of an annotation file; those of photos of the library are stored there, all of them."""
        from sd3studio.services.import_ import read_annotations

        try:
            found = read_annotations(path, form)
        except StudioError as error:
            self.notices.say("danger", str(error))
            return
        if not found.scenes:
            self.notices.say("warning", f"{path.name} holds no picture.")
            return
        stored = 0
        if len(found.scenes) > 1:
            stored = self.library_review.store_all(found.scenes)
        if self.may_lose_changes():
            self.session.document.open(found.scenes[0].scene)
            self.session.mark_saved(None)
            self.view.look_through_camera(True)
            self.show_title()
        kept = f" {stored} of {len(found.scenes)} are in the library now." if len(found.scenes) > 1 else ""
        self.notices.say("good", f"Read {path.name}: {len(found.scenes)} pictures.{kept}")
        for note in found.notes[:3]:
            self.notices.say("info", note)

    def focus_comment(self: "MainWindow") -> None:
        """Put the cursor into the field for a comment."""
        self._show_dock("review", self.review_panel.comment)

    def keep_annotations(self: "MainWindow", closing: bool = False) -> None:
        """Store what was corrected in Annotate of a photo of the library; when closing, give the library back."""
        if self._library_review is None:
            return
        if self.workspaces.current == "annotate":
            self._library_review.keep()
        if closing:
            self._library_review.close()

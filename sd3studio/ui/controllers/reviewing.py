"""Going through the photos of the library: which comes next, how far each is, and keeping what was corrected."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from sd3studio.core.annotation.sampling import Score, ground_truth_sample, score_against
from sd3studio.core.errors import StudioError
from sd3studio.core.messages import SceneResult
from sd3studio.core.scene.values import Scene
from sd3studio.ui.photo.filmstrip import FilmPhoto

if TYPE_CHECKING:
    from sd3studio.services.import_.form import ImportedScene
    from sd3studio.services.library import Library
    from sd3studio.ui.main_window import MainWindow

UNCHECKED = ("in work", "parsed", "new")


class ReviewController(QObject):
    """Opens photos of the library and stores their scenes, with the annotator's name."""

    changed = Signal()
    """Another photo, another state, or another neighbour."""
    said = Signal(str, str)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w = window
        self._library: Library | None = None
        self.photo_id: int | None = None
        self._stored: Scene | None = None
        self._sample: frozenset[int] = frozenset()
        window.work.scene_read.connect(self._on_scene_read)

    @property
    def author(self) -> str:
        """Who corrects; the name of the settings."""
        return self.w.app.settings.annotating.annotator or "annotator"

    def library(self) -> "Library | None":
        """The user's library, opened when it is first needed; a failure is said."""
        if self._library is None:
            from sd3studio.services.library import Library

            try:
                self._library = Library.open(home=self.w.app.home)
            except StudioError as error:
                self.said.emit("danger", str(error))
        return self._library

    def close(self) -> None:
        """Give the library back."""
        if self._library is not None:
            self._library.close()
            self._library = None

    def look(self) -> None:
        """Find the photo of the open scene in the library."""
        scene, library = self.w.session.document.committed, self.library()
        row = library.by_path(scene.photo.path) if library is not None and scene.photo is not None else None
        if (row.id if row else None) != self.photo_id:
            self.photo_id = row.id if row else None
            self._stored = self._as_opened()
        self._find_sample()
        self.changed.emit()

    def _as_opened(self) -> Scene:
        """The scene as it was when its photo came into the history: what was done since is not in the library."""
        document = self.w.session.document
        first = document.position
        while first and document.steps[first - 1].scene.photo == document.committed.photo:
            first -= 1
        return document.steps[first].scene

    def add_folder(self) -> None:
        """Put the folder of the open photo into the library."""
        from sd3studio.services.library.scanning import add_folder, scan_all

        scene, library = self.w.session.document.committed, self.library()
        if scene.photo is None or library is None:
            return
        try:
            folder = add_folder(library, Path(scene.photo.path).parent)
            scan_all(library, [folder])
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.look()
        if self.photo_id is not None:
            self._put(scene)
            self.changed.emit()

    def is_open(self) -> bool:
        """Whether the open scene is that of the photo of the library that was opened last."""
        photo = self.w.session.document.committed.photo
        row = self._library.by_path(photo.path) if self._library is not None and photo is not None else None
        return row is not None and row.id == self.photo_id

    def name(self) -> str:
        """Name of the open photo's file; empty if it is not in the library."""
        return self._library.photo(self.photo_id).name if self._library and self.photo_id is not None else ""

    # -- what is known -------------------------------------------------------------------------------------------

    def state(self) -> str:
        """How far the open photo is; empty if it is not in the library."""
        library = self._library
        return str(library.photo(self.photo_id).state) if library and self.photo_id is not None else ""

    def counts(self) -> dict[str, int]:
        """State -> how many photos."""
        from sd3studio.services.library.neighbours import count_states

        return count_states(self._library) if self._library else {}

    def photos(self) -> list[FilmPhoto]:
        """The photos around the open one."""
        from sd3studio.services.library.neighbours import photos_around

        if self._library is None or self.photo_id is None:
            return []
        return [FilmPhoto(p.id, p.path, p.name, str(p.state)) for p in photos_around(self._library, self.photo_id)]

    def in_sample(self) -> bool:
        """Whether the open photo is one that annotators are scored by."""
        return self.photo_id in self._sample

    def _find_sample(self) -> None:
        from sd3studio.services.library.neighbours import photo_keys

        if self._library is None:
            return
        wanted, keys = self.w.app.settings.annotating, photo_keys(self._library)
        chosen = ground_truth_sample(keys, wanted.truth_seed, wanted.truth_share) if keys else ()
        self._sample = frozenset(keys[path] for path in chosen)

    # -- going on ------------------------------------------------------------------------------------------------

    def go(self, step: int) -> None:
        """The photo `step` places on."""
        from sd3studio.services.library.neighbours import beside

        if not self._ready():
            return
        assert self._library is not None and self.photo_id is not None
        row = beside(self._library, self.photo_id, step)
        if row is None:
            self.said.emit("info", "That was the last photo." if step > 0 else "That was the first photo.")
            return
        self.open(row.id)

    def go_unchecked(self) -> None:
        """The next photo that nobody has found right yet."""
        if not self._ready():
            return
        assert self._library is not None and self.photo_id is not None
        found = [row for state in UNCHECKED if (row := self._library.next_photo(state, self.photo_id)) is not None]
        others = [row for row in found if row.id != self.photo_id]
        if not others:
            self.said.emit("good", "Every photo is checked or rejected.")
            return
        later = [row for row in others if row.id > self.photo_id]
        self.open(min(later or others, key=lambda row: row.id).id)

    def _ready(self) -> bool:
        if self.photo_id is None:
            self.look()
        if self.photo_id is None:
            self.said.emit("info", "This photo is not in the library. Add its folder first (Review panel).")
        return self.photo_id is not None

    def open(self, id: int) -> None:
        """Open another photo, what is open in Annotate is stored before; one without a scene is read by the engine."""
        library = self.library()
        if library is None:
            return
        if self.w.workspaces.current == "annotate":
            self.keep()
        try:
            row, scene = library.photo(id), library.scene_of(id)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.photo_id = id
        if scene is None:
            self._stored = None
            self.w.work.read_photo(Path(row.path), self.w.app.settings.models)
        else:
            self._show(scene)
        self.changed.emit()

    def _show(self, scene: Scene) -> None:
        document = self.w.session.document
        document.open(scene)
        document.select(())
        self._stored = document.committed
        self.w.session.mark_saved(None)
        self.w.view.look_through_camera(True)
        self.w.show_title()

    def _on_scene_read(self, result: SceneResult) -> None:
        """A photo of the library was read: that is its first scene."""
        scene = result.scene
        if self._library is None or scene.photo is None:
            return
        row = self._library.by_path(scene.photo.path)
        if row is None:
            return
        from sd3studio.services.library.records import MACHINE

        self.photo_id, self._stored = row.id, self.w.session.document.committed
        if row.scene_version and row.scene_by != MACHINE:
            self.said.emit(
                "info", f"The library keeps the scene of {row.name} by {row.scene_by}; open it there, or save this one."
            )
            self.changed.emit()
            return
        try:
            self._library.put_scene(row.id, scene, MACHINE)
            if str(row.state) == "new":
                self._library.set_state(row.id, "parsed", MACHINE)
        except StudioError as error:
            self.said.emit("danger", str(error))
        self.changed.emit()

    # -- keeping -------------------------------------------------------------------------------------------------

    def has_changes(self) -> bool:
        """Whether the open photo was corrected since it was stored."""
        scene = self.w.session.document.committed
        return self.photo_id is not None and self._stored is not None and scene is not self._stored

    def keep(self) -> None:
        """Store the open scene in the library, if it was corrected."""
        scene = self.w.session.document.committed
        if not self.has_changes() or scene.photo is None or self._library is None:
            return
        row = self._library.by_path(scene.photo.path)
        if row is not None and row.id == self.photo_id:
            self._put(scene)

    def _put(self, scene: Scene) -> None:
        assert self._library is not None and self.photo_id is not None
        try:
            self._library.put_scene(self.photo_id, scene, self.author)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self._stored = scene
        if self.w.session.path is None and scene is self.w.session.document.committed:
            self.w.session.mark_saved(None)
        self.w.show_title()

    def store_all(self, found: "Sequence[ImportedScene]") -> int:
        """Store imported scenes of photos that are in the library; returns how many are."""
        from sd3studio.services.library.annotations import take_annotations

        library = self.library()
        if library is None:
            return 0
        try:
            taken = take_annotations(library, found, self.author)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return 0
        if taken.said:
            self.said.emit("warning", taken.said)
        self.changed.emit()
        return taken.stored

    def set_state(self, state: str) -> None:
        """Say how far the open photo is; its scene is stored first."""
        if not self._ready():
            return
        assert self._library is not None and self.photo_id is not None
        self.keep()
        try:
            self._library.set_state(self.photo_id, state, self.author)
        except StudioError as error:
            self.said.emit("danger", str(error))
        self.changed.emit()

    def toggle_checked(self) -> None:
        """The open photo is right, or in work again."""
        if self._ready():
            self.set_state("in work" if self.state() == "checked" else "checked")

    def scores(self) -> dict[str, Score]:
        """Annotator -> how well their newest graphs of the ground-truth sample agree with the expert's."""
        library, expert = self.library(), self.w.app.settings.annotating.expert
        self._find_sample()
        newest: dict[str, dict[str, Scene]] = {}
        for photo in sorted(self._sample):
            if library is None:
                break
            for version in library.scene_versions(photo):
                graphs = newest.setdefault(version.author, {})
                if str(photo) not in graphs:
                    scene = library.scene_of(photo, version.version)
                    if scene is not None:
                        graphs[str(photo)] = scene
        truth = newest.pop(expert, {})
        found = {author: score_against(truth, graphs) for author, graphs in newest.items()}
        return {author: score for author, score in found.items() if score is not None}

    def versions(self) -> list[tuple[int, str]]:
        """Number and author of the stored versions of the open photo's scene, newest first."""
        if self._library is None or self.photo_id is None:
            return []
        return [(one.version, one.author) for one in self._library.scene_versions(self.photo_id)]

    def scene_version(self, version: int) -> Scene | None:
        """A stored version of the open photo's scene."""
        if self._library is None or self.photo_id is None:
            return None
        try:
            return self._library.scene_of(self.photo_id, version)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return None

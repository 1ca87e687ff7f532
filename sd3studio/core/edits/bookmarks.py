"""Edits of the camera bookmarks of a scene."""

from dataclasses import dataclass
from typing import ClassVar

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.values import MAX_BOOKMARKS, Bookmark, Scene


@dataclass(frozen=True, slots=True)
class AddBookmark:
    """Keep a camera under a name; a bookmark of this name is replaced, in its place."""

    label: ClassVar[str] = "Add camera bookmark"
    bookmark: Bookmark

    def apply(self, scene: Scene) -> Scene:
        known = [one.name for one in scene.bookmarks]
        if self.bookmark.name in known:
            at = known.index(self.bookmark.name)
            return scene.replace(bookmarks=(*scene.bookmarks[:at], self.bookmark, *scene.bookmarks[at + 1 :]))
        if len(known) >= MAX_BOOKMARKS:
            raise SceneError(f"A scene holds at most {MAX_BOOKMARKS} camera bookmarks. Remove one first.")
        return scene.replace(bookmarks=(*scene.bookmarks, self.bookmark))


@dataclass(frozen=True, slots=True)
class RenameBookmark:
    """Call the bookmark `old` something else, in its place. Raises `SceneError` if it is gone or the name is taken."""

    label: ClassVar[str] = "Rename camera bookmark"
    old: str
    new: str

    def apply(self, scene: Scene) -> Scene:
        names = [one.name for one in scene.bookmarks]
        if self.old not in names:
            raise SceneError(f"There is no camera bookmark “{self.old}”.")
        if self.new != self.old and self.new in names:
            raise SceneError(f"There is already a camera bookmark “{self.new}”.")
        renamed = (one.replace(name=self.new) if one.name == self.old else one for one in scene.bookmarks)
        return scene.replace(bookmarks=tuple(renamed))


@dataclass(frozen=True, slots=True)
class RemoveBookmark:
    """Forget the bookmark of this name. Raises `SceneError` if there is none."""

    label: ClassVar[str] = "Remove camera bookmark"
    name: str

    def apply(self, scene: Scene) -> Scene:
        if all(one.name != self.name for one in scene.bookmarks):
            raise SceneError(f"There is no camera bookmark “{self.name}”.")
        return scene.replace(bookmarks=tuple(one for one in scene.bookmarks if one.name != self.name))


@dataclass(frozen=True, slots=True)
class GoToBookmark:
    """Look at the scene from a bookmark; the size of the picture stays as it is. Raises `SceneError` if it is gone."""

    label: ClassVar[str] = "Go to camera bookmark"
    name: str

    def apply(self, scene: Scene) -> Scene:
        found = next((one for one in scene.bookmarks if one.name == self.name), None)
        if found is None:
            raise SceneError(f"There is no camera bookmark “{self.name}”.")
        return scene.replace(camera=found.camera.replace(width=scene.camera.width, height=scene.camera.height))

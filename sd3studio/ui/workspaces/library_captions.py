"""Captions in the Library workspace: the editor's wishes, and the dialogs of export, replacement and undo."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from sd3studio.services.library.caption_editing import caption_steps, plan_replace, replace_all, undo_captions
from sd3studio.services.library.exporting import Exported, carry_out, exports, plan_export, undo_export
from sd3studio.ui.panels.library.dialogs import ExportDialog, ReplaceDialog, UndoDialog
from sd3studio.ui.panels.library.style_dialog import StyleDialog

if TYPE_CHECKING:
    from sd3studio.ui.workspaces.library import LibraryPage


class LibraryCaptions(QObject):
    """Connects the caption editor and the dialogs with the library."""

    def __init__(self, page: "LibraryPage") -> None:
        super().__init__(page)
        self.page, self.librarian = page, page.librarian
        editor = page.details.editor
        editor.written.connect(self.librarian.write)
        editor.derive_requested.connect(self.librarian.derive)
        editor.facts_pointed.connect(page.details.outline)
        self._wanted = ""
        self.librarian.styles_known.connect(self._show_styles)
        editor.styles_requested.connect(self.ask_styles)
        page.bar.export_requested.connect(self.ask_export)
        page.bar.replace_requested.connect(self.ask_replace)
        page.bar.undo_requested.connect(self.ask_undo)

    def photos(self) -> list[int]:
        """The marked photos if several are, else all that are shown."""
        marked = self.page.grid.marked()
        return marked if len(marked) > 1 else list(self.librarian.listing.ids)

    def ask_styles(self) -> None:
        """Show the styles with their templates; keep a new one, or forget one."""
        editor = self.page.details.editor
        known = {editor.styles.itemText(i): str(editor.styles.itemData(i)) for i in range(editor.styles.count())}
        photo = self.page.details.photo
        dialog = StyleDialog(self.page, known, editor.style, lambda text: self.librarian.said_of(photo, text))
        if dialog.exec():
            self._wanted = "" if dialog.removed else dialog.name
            self.librarian.change_styles(dialog.name, dialog.template, dialog.removed)

    def _show_styles(self, styles: dict[str, str]) -> None:
        editor, wanted = self.page.details.editor, self._wanted
        self._wanted = ""
        editor.show_styles(styles, wanted)
        if wanted:
            editor.show_style(wanted)

    def ask_export(self) -> None:
        """Ask how to export, show what would change, export."""
        library, photos = self.librarian.library, self.photos()
        editor = self.page.details.editor
        names = [editor.styles.itemText(i) for i in range(editor.styles.count())]
        dialog = ExportDialog(
            self.page, len(photos), names, editor.style, lambda *choice: plan_export(library, photos, *choice)
        )
        if dialog.exec() and dialog.plan is not None:
            plan = dialog.plan
            self.librarian.later(lambda: carry_out(library, plan), self._tell_export)

    def _tell_export(self, done: Exported) -> None:
        said = f"{done.written:,} files written"
        said += f", {done.kept:,} texts by others kept" if done.kept else ""
        said += "".join(f". {text.rstrip('.')}" for text in (*done.notes[:2], *done.problems[:1]))
        self.librarian.said.emit("warning" if done.problems else "good", f"{said}. More, Undo takes it back.")

    def ask_replace(self) -> None:
        """Ask what to find and to put, show what would change, replace."""
        library, photos = self.librarian.library, self.photos()
        dialog = ReplaceDialog(
            self.page, len(photos), lambda find, put, pattern: plan_replace(library, photos, find, put, "", pattern)
        )
        if dialog.exec() and dialog.planned:
            planned, author = dialog.planned, self.librarian.author
            said = f"{len(planned):,} captions changed."
            self.librarian.later(lambda: replace_all(library, planned, author), lambda _: self._refresh(said))

    def ask_undo(self) -> None:
        """Ask which export or replacement to take back."""
        library = self.librarian.library
        steps = [(name, at, f"{number:,} captions replaced") for name, at, number in caption_steps(library)]
        steps += [(name, at, "export") for name, at, undone in exports(library) if not undone]
        steps.sort(key=lambda item: -item[1])
        told = [(n, f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))}   {what}") for n, at, what in steps]
        dialog = UndoDialog(self.page, told)
        if not dialog.exec() or not dialog.chosen():
            return
        step, author = dialog.chosen(), self.librarian.author
        if step.startswith("export-"):
            self.librarian.later(lambda: undo_export(library, step), self._tell_undo)
        else:
            self.librarian.later(lambda: undo_captions(library, step, author), self._tell_undo)

    def _tell_undo(self, done: tuple) -> None:
        back, stayed = done
        left = len(stayed) if isinstance(stayed, tuple) else stayed
        self._refresh(f"{back:,} put back as before" + (f", {left:,} changed since and stay." if left else "."))

    def _refresh(self, said: str) -> None:
        self.librarian.said.emit("good", said)
        self.librarian.changed.emit(0)
        if self.page.details.photo:
            self.librarian.look_at(self.page.details.photo)

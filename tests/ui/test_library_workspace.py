"""The Library workspace with real mouse and keys: folders, batches, search, drawing, questions, captions, opening."""

import json
import os
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from sd3studio.core.edits import RenameObject
from sd3studio.core.messages import QueryResult
from sd3studio.core.searching import SceneQuery, WantedThing, query_of_words, resolved
from sd3studio.services.library import State, batch
from sd3studio.services.library import search as library_search
from sd3studio.services.library.caption_store import captions_of_photo, styles, template_of, write_caption
from sd3studio.services.library.search import search
from sd3studio.services.library.workers import InlineWorkers
from sd3studio.ui.controllers.batching import below
from sd3studio.ui.itemmodels.photo_grid import BOXES_ROLE, THUMBNAIL_ROLE
from sd3studio.ui.panels.library.dialogs import ExportDialog, UndoDialog
from sd3studio.ui.panels.library.style_dialog import StyleDialog
from tests.library_jobs import scene_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window, tmp_path, monkeypatch, qtbot):
    """The workspace with ten photos in its library, none of them parsed."""
    monkeypatch.setattr(batch, "ProcessWorkers", lambda number: InlineWorkers("tests.library_jobs:run"))
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number:02}.jpg").write_bytes(f"photo {number}".encode())
    (folder / "broken.jpg").write_bytes(b"broken")
    window.workspaces.go("library")
    made = window.workspaces.widget("library")
    qtbot.waitUntil(lambda: made.stack.currentIndex() == 1, timeout=10_000)
    made.add_folder(str(folder))
    qtbot.waitUntil(lambda: len(made.model.ids) == 11 and not made.batches.running, timeout=20_000)
    library = made.librarian.library
    qtbot.waitUntil(lambda: all(row.sha256 or row.problem for row in library.photos(range(1, 12))), timeout=20_000)
    qtbot.waitUntil(lambda: not made.batches.running and made.bar.buttons["parse"].isEnabled(), timeout=10_000)
    return made


@pytest.fixture
def parsed(page, qtbot):
    """The same with scenes."""
    QTest.mouseClick(page.bar.buttons["parse"], LEFT)
    library = page.librarian.library
    qtbot.waitUntil(lambda: all(library.photo(n).state is State.PARSED for n in range(1, 11)), timeout=20_000)
    qtbot.waitUntil(lambda: not page.batches.running, timeout=10_000)
    return page


def photo_with(page, *labels: str) -> int:
    """A photo whose scene has things of these labels."""
    library = page.librarian.library
    return next(n for n in range(1, 11) if set(labels) <= {t.label for t in library.index_of(n).things})


def test_a_folder_is_read_and_a_broken_file_is_listed_with_its_reason(page, qtbot):
    problem = next(row for row in page.librarian.library.photos(range(1, 12)) if row.problem)
    assert "damaged" in problem.problem and page.count.text() == "11 photos"
    page.facets.tree.expandAll()
    qtbot.waitUntil(lambda: any("can't be read" in text for text in texts(page)), timeout=10_000)


def texts(page) -> list[str]:
    tree = page.facets.tree
    tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    return [top.child(i).text(0) for top in tops for i in range(top.childCount())]


def test_words_find_photos_and_outline_what_matched(parsed, qtbot):
    parsed.search.setFocus()
    QTest.keyClicks(parsed.search, "person left of person")
    QTest.keyClick(parsed.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: parsed.said.text() == "person to the left of person", timeout=10_000)
    assert 0 < len(parsed.model.ids) < 10
    qtbot.waitUntil(lambda: len(parsed.details.view.outlines) == 2, timeout=10_000)
    assert {outline.label for outline in parsed.details.view.outlines} == {"person"}
    first = parsed.model.index(0)
    qtbot.waitUntil(lambda: first.data(THUMBNAIL_ROLE) is not None, timeout=10_000)
    assert len(first.data(BOXES_ROLE)) == 2
    QTest.mouseClick(parsed.reset, LEFT)
    qtbot.waitUntil(lambda: len(parsed.model.ids) == 11, timeout=10_000)


def spot(canvas, x: float, y: float) -> QPoint:
    return QPoint(round(x * canvas.width()), round(y * canvas.height()))


def test_a_drawn_layout_is_a_query(parsed, qtbot):
    QTest.mouseClick(parsed.draw, LEFT)
    canvas = parsed.drawn.canvas
    qtbot.waitUntil(canvas.isVisible)
    for label, x in (("person", 0.1), ("dog", 0.6)):
        parsed.drawn.labels.setCurrentText(label)
        start, end = spot(canvas, x, 0.3), spot(canvas, x + 0.25, 0.8)
        QTest.mousePress(canvas, LEFT, pos=start)
        QTest.mouseMove(canvas, end)
        QTest.mouseRelease(canvas, LEFT, pos=end)
    assert [box.label for box in canvas.boxes] == ["person", "dog"]
    qtbot.waitUntil(lambda: "person to the left of dog" in parsed.said.text(), timeout=10_000)
    for photo in parsed.model.ids:
        assert {"person", "dog"} <= {t.label for t in parsed.librarian.library.index_of(photo).things}
    QTest.mouseClick(canvas, LEFT, pos=spot(canvas, 0.7, 0.5))
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert [box.label for box in canvas.boxes] == ["person"]


def test_facets_narrow_the_grid_down(parsed, qtbot):
    parsed.librarian.count()
    qtbot.waitUntil(lambda: "dog" in texts(parsed), timeout=10_000)
    tree = parsed.facets.tree
    item = next(tree.findItems("dog", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive).__iter__())
    item.setCheckState(0, Qt.CheckState.Checked)
    library = parsed.librarian.library
    wanted = {n for n in range(1, 11) if "dog" in {t.label for t in library.index_of(n).things}}
    qtbot.waitUntil(lambda: set(parsed.model.ids) == wanted, timeout=10_000)


def test_a_question_is_answered_with_its_objects_outlined(parsed, qtbot):
    photo = photo_with(parsed, "person")
    parsed.grid.show_photo(photo)
    qtbot.waitUntil(lambda: parsed.details.photo == photo, timeout=10_000)
    parsed.details.ask_focus()
    QTest.keyClicks(parsed.details.question, "How many people are there?")
    QTest.keyClick(parsed.details.question, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: parsed.details.answers.count() == 1, timeout=10_000)
    assert parsed.details.answers.item(0).text().startswith("How many people are there?")
    assert {outline.label for outline in parsed.details.view.outlines} == {"person"}


def test_typed_captions_are_kept_as_the_users_and_can_be_derived_again(parsed, qtbot):
    library, editor = parsed.librarian.library, parsed.details.editor
    parsed.grid.show_photo(2)
    qtbot.waitUntil(lambda: parsed.details.photo == 2 and editor.text.toPlainText() != "", timeout=10_000)
    derived = editor.text.toPlainText()
    assert "Made by rule" in editor.about.text() and "tokens" in editor.tokens.text()
    editor.text.setFocus()
    editor.text.selectAll()
    QTest.keyClicks(editor.text, "My own words.")
    editor.keep()
    qtbot.waitUntil(lambda: captions_of_photo(library, 2)[0].maker == "human", timeout=10_000)
    assert captions_of_photo(library, 2)[0].text == "My own words."
    QTest.mouseClick(editor.derive, LEFT)
    qtbot.waitUntil(lambda: "Take it away first" in parsed.said.text(), timeout=10_000)
    QTest.mouseClick(editor.forget, LEFT)
    qtbot.waitUntil(lambda: captions_of_photo(library, 2) == (), timeout=10_000)
    QTest.mouseClick(editor.derive, LEFT)
    qtbot.waitUntil(lambda: editor.text.toPlainText() == derived, timeout=10_000)


def test_marked_photos_get_a_state_by_a_key(parsed, qtbot):
    parsed.grid.show_photo(3)
    parsed.grid.setFocus()
    QTest.keyClick(parsed.grid, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    library = parsed.librarian.library
    qtbot.waitUntil(lambda: library.photo(3).state is State.CHECKED, timeout=10_000)
    assert library.history(3)[0].author == parsed.librarian.author


def test_enter_opens_the_scene_in_compose(parsed, window, qtbot):
    parsed.grid.show_photo(4)
    parsed.grid.setFocus()
    QTest.keyClick(parsed.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.workspaces.current == "compose", timeout=10_000)
    assert window.session.scene == scene_of(Path(parsed.librarian.library.photo(4).path))


def test_a_batch_can_be_paused_and_gone_on_with(page, qtbot):
    QTest.mouseClick(page.bar.buttons["parse"], LEFT)
    qtbot.waitUntil(lambda: page.batches.running, timeout=10_000)
    QTest.mouseClick(page.bar.pause, LEFT)
    qtbot.waitUntil(lambda: not page.batches.running, timeout=10_000)
    library = page.librarian.library
    if any(library.photo(n).state is State.NEW for n in range(1, 11)):
        qtbot.waitUntil(lambda: "are left" in page.bar.text.text(), timeout=10_000)
        QTest.mouseClick(page.bar.pause, LEFT)
    qtbot.waitUntil(lambda: all(library.photo(n).state is State.PARSED for n in range(1, 11)), timeout=20_000)


def test_a_new_file_in_a_watched_folder_appears_and_a_copy_is_a_duplicate(page, qtbot):
    folder = Path(page.librarian.library.photo(1).path).parent
    (folder / "copy.jpg").write_bytes((folder / "03.jpg").read_bytes())
    qtbot.waitUntil(lambda: len(page.model.ids) == 12, timeout=20_000)
    library = page.librarian.library
    qtbot.waitUntil(lambda: library.by_path(folder / "copy.jpg").sha256 != "", timeout=20_000)
    page.bar.duplicates_requested.emit()
    qtbot.waitUntil(lambda: len(page.model.ids) == 2, timeout=10_000)
    assert {library.photo(n).name for n in page.model.ids} == {"03.jpg", "copy.jpg"}


def test_captions_are_exported_after_a_look_and_taken_back(parsed, qtbot, monkeypatch):
    folder = Path(parsed.librarian.library.photo(1).path).parent
    seen = []

    def accept(dialog) -> int:
        seen.append((dialog.summary.text(), dialog.preview.toPlainText()) if hasattr(dialog, "summary") else ())
        return 1

    for dialog in (ExportDialog, UndoDialog):
        monkeypatch.setattr(dialog, "exec", accept)
    qtbot.waitUntil(lambda: len(parsed.librarian.listing.ids) == 11, timeout=10_000)
    parsed.bar.export_requested.emit()
    qtbot.waitUntil(lambda: len(list(folder.glob("*.txt"))) == 10, timeout=10_000)
    assert seen[0][0] == "10 captions would be written." and "+++" in seen[0][1]
    parsed.bar.undo_requested.emit()
    qtbot.waitUntil(lambda: not list(folder.glob("*.txt")), timeout=10_000)


def test_the_scenes_that_are_shown_are_exported_as_a_data_set(parsed, qtbot, monkeypatch, tmp_path):
    out = tmp_path / "scenes.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *rest: (str(out), ""))
    seen = []

    def choose(dialog) -> int:
        dialog.form.setCurrentIndex(dialog.form.findData("coco"))
        assert not dialog.go.isEnabled() and "Choose the file" in dialog.summary.text()
        QTest.mouseClick(dialog.browse, LEFT)
        seen.append((dialog.summary.text(), dialog.go.isEnabled(), dialog.styles.isEnabled()))
        return 1

    monkeypatch.setattr(ExportDialog, "exec", choose)
    parsed.search.setText("person")
    parsed.show_wish()
    qtbot.waitUntil(lambda: parsed.said.text() == "person", timeout=10_000)
    number = len(parsed.model.ids)
    parsed.bar.export_requested.emit()
    qtbot.waitUntil(out.exists, timeout=10_000)
    assert seen == [(f"{number} scenes would be written.", True, False)]
    assert len(json.loads(out.read_text())["images"]) == number


def test_a_style_of_ones_own_is_made_tried_and_removed(parsed, qtbot, monkeypatch):
    library, editor = parsed.librarian.library, parsed.details.editor
    qtbot.waitUntil(lambda: parsed.details.photo > 0, timeout=10_000)
    seen = []

    def write(dialog) -> int:
        dialog.list.setCurrentRow(0)
        QTest.keyClicks(dialog.title, "mine")
        dialog.text.selectAll()
        QTest.keyClicks(dialog.text, "Here: {nonsense}.")
        seen.append((dialog.problem.text(), dialog.go.isEnabled()))
        dialog.text.selectAll()
        QTest.keyClicks(dialog.text, "[Taken in {place}. ]Here: {tags}.")
        seen.append((dialog.preview.text(), dialog.go.isEnabled()))
        return 1

    monkeypatch.setattr(StyleDialog, "exec", write)
    QTest.mouseClick(editor.edit_styles, LEFT)
    qtbot.waitUntil(lambda: editor.style == "mine", timeout=10_000)
    assert "{nonsense}" in seen[0][0] and not seen[0][1]
    assert seen[1][0].startswith("Here: ") and seen[1][1]
    assert template_of(library, "mine") == "[Taken in {place}. ]Here: {tags}."

    def remove(dialog) -> int:
        assert dialog.name == "mine" and not dialog.remove.isHidden()
        QTest.mouseClick(dialog.remove, LEFT)
        return dialog.result()

    monkeypatch.setattr(StyleDialog, "exec", remove)
    QTest.mouseClick(editor.edit_styles, LEFT)
    qtbot.waitUntil(lambda: editor.styles.findText("mine") < 0, timeout=10_000)
    assert "mine" not in styles(library)


def test_what_one_writes_against_the_geometry_is_flagged(parsed, qtbot, monkeypatch):
    """The engine's reading is stood in for by that of plain words."""
    monkeypatch.setattr(parsed.librarian.bridge, "submit", read_at_once)
    library = parsed.librarian.library
    photo = photo_with(parsed, "dog", "couch")
    index = library.index_of(photo)
    told = [([index.things[row].label for row in (r.subject, r.object)], r) for r in index.relations if r.space > 0.9]
    names, relation = next((names, r) for names, r in told if names[0] != names[1])
    write_caption(library, photo, "sentence", f"{names[0]} not {relation.predicate.value} {names[1]}", "anna")
    parsed.grid.show_photo(photo)
    qtbot.waitUntil(lambda: "contradicted" in parsed.details.editor.about.text(), timeout=10_000)
    assert "not so" in parsed.details.editor.about.text()


def read_at_once(request, take, group=None, **rest) -> str:
    query, likenesses = resolved(query_of_words(request.text, pytest.fail, request.labels), request.labels)
    take(QueryResult(query, tuple(likenesses)))
    return "job"


def test_the_window_goes_on_looking_until_all_candidates_are_looked_at(parsed, qtbot, monkeypatch):
    monkeypatch.setattr(library_search, "FIRST_LOOKED_AT", 1)
    monkeypatch.setattr(library_search, "PORTION", 1)
    listings = []
    parsed.librarian.listed.connect(listings.append)
    parsed.search.setText("two person left of person")
    parsed.show_wish()
    qtbot.waitUntil(lambda: bool(listings) and listings[-1].whole and bool(listings[-1].query.things), timeout=10_000)
    steps = [listing for listing in listings if listing.query.things]
    assert len(steps) > 1 and "looked at" in steps[0].notes[-1] and not steps[-1].notes
    assert tuple(parsed.model.ids) == steps[-1].ids
    assert {hit.photo for hit in search(parsed.librarian.library, steps[-1].query).hits} == set(steps[-1].ids)


def test_folders_below_are_watched_but_no_loop_and_no_name_that_qt_cant_take(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    Path(os.fsdecode(os.fsencode(str(tmp_path)) + b"/bad\xff")).mkdir()
    assert below([str(tmp_path)]) == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")]


def test_100_000_photos_are_shown_and_scrolled_without_a_stall(page, qtbot):
    rows = page.librarian.library.photos(page.model.ids)
    model = page.model
    model._rows_of = lambda ids: [row for row in (rows[i % len(rows)] for i in ids)]
    model.show_photos(tuple(range(100_000)))
    page.grid.repaint()
    bar, worst = page.grid.verticalScrollBar(), 0.0
    qtbot.waitUntil(lambda: bar.maximum() > 100_000, timeout=10_000)  # laid out when events are handled
    for step in range(20):
        start = time.process_time()
        bar.setValue(bar.maximum() * step // 20)
        page.grid.viewport().repaint()
        worst = max(worst, time.process_time() - start)
    assert worst < 0.5


def test_a_scene_opened_in_compose_is_saved_into_the_library(parsed, window, qtbot):
    photo, library = parsed.model.ids[0], parsed.librarian.library
    before = library.photo(photo).scene_version
    parsed.open_photo(photo, "compose")
    assert window.workspaces.current == "compose" and window.session.is_saved
    assert library.photo(photo).name in window.windowTitle()
    key = next(iter(window.session.scene.objects))
    window.editing.apply(RenameObject(key, "wolf"))
    assert not window.session.is_saved and library.photo(photo).scene_version == before
    window.commands.actions["file.save"].trigger()
    row = library.photo(photo)
    assert window.session.is_saved and row.scene_version == before + 1 and row.state is State.IN_WORK
    assert library.scene_of(photo).objects[key].label == "wolf"


def test_what_is_thrown_away_in_compose_is_not_stored(parsed, window, qtbot):
    """The fixture of the window answers "discard"."""
    first, second = parsed.model.ids[:2]
    library = parsed.librarian.library
    before = library.photo(first).scene_version
    parsed.open_photo(first, "compose")
    window.editing.apply(RenameObject(next(iter(window.session.scene.objects)), "wolf"))
    window.workspaces.go("library")
    parsed.open_photo(second, "annotate")
    assert window.library_review.photo_id == second
    assert library.photo(first).scene_version == before


def test_while_the_engine_reads_a_query_that_is_said(parsed, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(parsed.librarian.bridge, "submit", lambda request, take, **rest: asked.append((request, take)))
    parsed.search.setText("a person who stands far from the dog")
    parsed.show_wish()
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    assert parsed.said.text() == "Reading the words…"
    request, take = asked[0]
    query, likenesses = resolved(SceneQuery(things=(WantedThing(label="dog"),)), request.labels)
    take(QueryResult(query, tuple(likenesses)))
    qtbot.waitUntil(lambda: parsed.said.text() == "dog", timeout=10_000)

"""A newcomer's path with real events and real training: five photos corrected, a data set, two runs in processes of
their own, stopped and gone on with, compared, promoted, and used by what writes sentences and draws pictures."""

import hashlib

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sd3studio.app import App
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.png import read_record
from sd3studio.core.requests import GenerateImage, WriteCaptions
from sd3studio.core.scene import Camera, PhotoRef, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.picture_boxes import visible_box
from sd3studio.core.training.in_use import weights_in_use
from sd3studio.core.training.run import RunState
from sd3studio.services.library import MACHINE, Library, State
from sd3studio.services.library.caption_store import write_caption
from sd3studio.services.library.scanning import add_folder, scan_all
from sd3studio.ui import theme
from sd3studio.ui.panels.training.comparison import ComparisonDialog
from sd3studio.ui.panels.training.data_set import DataSetDialog
from sd3studio.ui.panels.training.new_run import NewRunDialog

pytestmark = [pytest.mark.gl, pytest.mark.slow]

LEFT = Qt.MouseButton.LeftButton
CAMERA = Camera(position=(0, -6, 1.7), target=(0, 0, 0.6), width=640, height=480)
NAMES = ("chair", "dog", "potted plant", "person")
PHOTOS = 5
STEPS = 240
"""So many that a stop comes before the end on a quick machine, too: its state is told every two seconds."""
LONG_MS = 180_000
"""A busy machine is no failure."""


def scene_of(path, sha256: str) -> Scene:
    """What a parser might have made of a photo: four things in a row, nothing said about them."""
    things = []
    for k, label in enumerate(NAMES):
        size = (0.6, 0.6, 1.0)
        made = SceneObject(
            id=f"t{k}", label=label, category=label, center=(-1.6 + 0.9 * k, 0.0, size[2] / 2), size=size,
            provenance=Provenance(source="photo", score=0.6),
        )  # fmt: skip
        things.append(made.replace(photo_box=visible_box(CAMERA, made)))
    return Scene.of(things, camera=CAMERA, photo=PhotoRef(path=str(path), width=640, height=480, sha256=sha256))


@pytest.fixture
def window(qtbot, qapp, own_home, monkeypatch):
    """The window over the real engine."""
    from sd3studio.ui.main_window import MainWindow

    theme.apply_theme(qapp, theme.DARK)
    with App(own_home) as app:
        quiet = app.settings.generation.replace(model_captions=False, check_pictures=False)
        app.settings = app.settings.replace(
            generation=quiet, annotating=app.settings.annotating.replace(annotator="Mia")
        )
        made = MainWindow(app)
        monkeypatch.setattr(made, "may_lose_changes", lambda: True)
        qtbot.addWidget(made)
        with qtbot.waitExposed(made):
            made.show()
        made.start()
        made.activateWindow()
        yield made
        page = made.workspaces.made("train")
        for row in page.training.rows if page else ():
            if row.status.state.lives:
                page.training.wish("stop", row.id)
        made.close()


@pytest.fixture
def library(own_home, tmp_path):
    """Five photos that were parsed, one of which is to judge by."""
    folder, kept, shade = tmp_path / "photos", [], 60
    folder.mkdir()
    while len(kept) < PHOTOS:
        path = folder / f"photo-{shade}.png"
        image = QImage(640, 480, QImage.Format.Format_RGB32)
        image.fill(shade * 0x010101)
        image.save(str(path))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        is_dev = int.from_bytes(hashlib.sha256(digest.encode()).digest()[:8], "big") % 5 == 0
        if is_dev is (not kept):
            kept.append((path, digest))
        else:
            path.unlink()
        shade += 1
    with Library.open(home=own_home) as opened:
        scan_all(opened, [add_folder(opened, folder)])
        for path, digest in kept:
            row = opened.by_path(path)
            opened.put_scene(row.id, scene_of(path, digest), MACHINE)
            opened.set_state(row.id, State.PARSED, MACHINE)
    return own_home


def corrected(window, qtbot) -> None:
    """Every photo: a thing is dragged on the photo, relations are said, a sentence is written, and it is right."""
    window.workspaces.go("annotate")
    side = window.workspaces.widget("annotate")
    side.review.open(1)
    qtbot.waitUntil(lambda: side.photo.isVisible() and side.photo.width() > 250, timeout=10_000)
    for number in range(1, PHOTOS + 1):
        assert side.review.photo_id == number
        side.photo.fit()
        box = window.session.scene.objects["t3"].photo_box
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        start, end = (QPointF(*side.photo.point_of((middle[0] + move, middle[1]))) for move in (0, 20))
        none, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        for kind, place, button, held in (
            (QEvent.Type.MouseMove, start, none, none),
            (QEvent.Type.MouseButtonPress, start, LEFT, LEFT),
            (QEvent.Type.MouseMove, end, none, LEFT),
            (QEvent.Type.MouseButtonRelease, end, LEFT, none),
        ):
            event = QMouseEvent(kind, place, side.photo.mapToGlobal(place), button, held, no_keys)
            QApplication.sendEvent(side.photo, event)
        assert window.session.scene.objects["t3"].center[0] > 1.1
        for k in range(len(NAMES) - 1):
            said = Relation(subject=f"t{k}", predicate=Predicate.LEFT_OF, object=f"t{k + 1}")
            side.annotating.accept(said)
        side.review.toggle_checked()
        if number < PHOTOS:
            QTest.keyClick(side.photo, Qt.Key.Key_D)
    with Library.open(home=window.app.home) as opened:
        write_caption(opened, 2, "plain", "The dog is to the right of the chair.", "Mia")
        assert all(opened.photo(n).state is State.CHECKED for n in range(1, PHOTOS + 1))


def data_set(page, qtbot, monkeypatch) -> str:
    """Made of the checked photos in the dialog; gives its folder."""

    def drive(dialog: DataSetDialog) -> int:
        dialog.show()
        qtbot.waitUntil(dialog.own.isVisible)
        dialog.own.from_library.setFocus()
        QTest.keyClick(dialog.own.from_library, Qt.Key.Key_Space)
        dialog.size.setValue(64)
        QTest.mouseClick(dialog.make, LEFT)
        # What was made is told first, and what is in it a moment later.
        qtbot.waitUntil(lambda: "train" in dialog.told.text() and dialog.use.isEnabled(), timeout=LONG_MS)
        folder.append(dialog.output.text())
        dialog.close()
        return 0

    folder: list[str] = []
    monkeypatch.setattr(DataSetDialog, "exec", drive)
    QTest.mouseClick(page.runs.data, LEFT)
    return folder[0]


def started(page, qtbot, monkeypatch, preset: str, data: str, steps: int, title: str):
    """A run begun through the dialog; gives its id."""

    def drive(dialog: NewRunDialog) -> int:
        dialog.preset.setCurrentIndex(dialog.preset.findData(preset))
        dialog.batch.setValue(2)
        dialog.data.setText(data)
        dialog.title.setText(title)
        dialog.steps.setValue(steps)
        dialog.every.setValue(100)
        dialog.samples.setValue(0)
        QTest.mouseClick(dialog.start, LEFT)
        return dialog.result()

    known = {row.id for row in page.training.rows}
    monkeypatch.setattr(NewRunDialog, "exec", drive)
    QTest.mouseClick(page.runs.new, LEFT)
    qtbot.waitUntil(lambda: len(page.training.rows) > len(known), timeout=10_000)
    return next(row.id for row in page.training.rows if row.id not in known)


def until(page, qtbot, run: str, state: RunState) -> None:
    def there() -> bool:
        status = page.training.row(run).status
        assert status.state is not RunState.FAILED, status.reason
        return status.state is state

    qtbot.waitUntil(there, timeout=LONG_MS)
    page.runs.select(run)


def losses_of(page, qtbot, run: str, steps: int) -> list[float]:
    """The first losses of a run, as the window has read them."""

    def read() -> list[float]:
        return page.training.now.curves[run]["text_codec"]["loss"][1].tolist()

    qtbot.waitUntil(lambda: len(read()) >= steps, timeout=20_000)
    return read()[:steps]


def press(page, qtbot, what: str) -> None:
    button = page.details.buttons[what]
    qtbot.waitUntil(button.isEnabled, timeout=20_000)
    QTest.mouseClick(button, LEFT)


def test_from_five_corrected_photos_to_new_weights_in_use(library, window, qtbot, monkeypatch):
    corrected(window, qtbot)
    QTest.mouseClick(window.switch.buttons["train"], LEFT)
    page = window.workspaces.made("train")
    data = data_set(page, qtbot, monkeypatch)

    relations = started(page, qtbot, monkeypatch, "relations", data, 3, "Relations of mine")
    until(page, qtbot, relations, RunState.FINISHED)
    press(page, qtbot, "promote")
    assert relations in weights_in_use("relations", window.app.home).name

    sentences = started(page, qtbot, monkeypatch, "sentences", data, STEPS, "Sentences of mine")
    qtbot.waitUntil(lambda: page.training.row(sentences).status.step >= 2, timeout=LONG_MS)
    page.runs.select(sentences)
    qtbot.waitUntil(lambda: bool(page.curves.drawn()), timeout=10_000)
    press(page, qtbot, "stop")
    until(page, qtbot, sentences, RunState.STOPPED)
    stopped = page.training.row(sentences).status.step
    before = losses_of(page, qtbot, sentences, stopped)
    assert 2 <= stopped < STEPS
    press(page, qtbot, "resume")
    until(page, qtbot, sentences, RunState.FINISHED)
    assert losses_of(page, qtbot, sentences, STEPS)[:stopped] == before
    qtbot.waitUntil(lambda: next(iter(page.curves.drawn().values()))[0][-1] == STEPS, timeout=10_000)

    compared = []

    def look(dialog: ComparisonDialog) -> int:
        compared.append(dialog.cell("text_codec: steps", sentences))
        dialog.close()
        return 0

    monkeypatch.setattr(ComparisonDialog, "exec", look)
    QTest.mouseClick(page.runs.compare, LEFT)
    assert compared == [str(STEPS)]
    press(page, qtbot, "promote")
    tuned = weights_in_use("sd3", window.app.home)
    assert sentences in tuned.name

    results = []
    scene = window.session.scene
    window.bridge.submit(WriteCaptions(scene=scene, limit=4), results.append)
    picture = GenerateImage(scene=scene, backend="sd3-mini", width=128, height=128, steps=2)
    window.bridge.submit(picture, results.append)
    qtbot.waitUntil(lambda: len(results) == 2, timeout=LONG_MS)
    told, drawn = results
    own = {str(path.relative_to(tuned)): digest(path) for path in tuned.rglob("*.safetensors")}
    assert told.captions and told.weights.items() <= own.items()
    codec = next(name for name in told.weights if name.startswith("text_codec"))
    assert told.weights[codec] != digest(SD3_MINI / codec)
    weights = read_record(drawn.png, "the picture").weights
    assert weights and weights.items() <= own.items()


def digest(path) -> str:
    """SHA-256 of a file of weights."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""The difference to the layout on the pictures of the strip."""

from pathlib import Path

from PySide6.QtGui import QColor, QFontMetrics, QPixmap

from sd3studio.core.checking import CheckReport, ObjectCheck, RelationCheck
from sd3studio.services.pictures import KeptPicture, PictureGroup
from sd3studio.ui.panels.check import verdict_colour
from sd3studio.ui.panels.results import MARKS_ROLE, ResultStrip, fitted
from sd3studio.ui.picture_viewer import short_name

REPORT = CheckReport(
    width=200, height=100, reader="detectors",
    objects=(
        ObjectCheck(id="lamp", label="lamp", verdict="missing", expected=(20, 20, 60, 80)),
        ObjectCheck(id="sofa", label="sofa", verdict="found", found=(90, 20, 160, 80)),
        ObjectCheck(id="cup", label="cup", verdict="cannot decide"),
    ),
    relations=(RelationCheck(subject="lamp", predicate="next to", object="sofa", verdict="broken"),),
)  # fmt: skip


def strip_with(qtbot, path: Path) -> ResultStrip:
    strip = ResultStrip()
    qtbot.addWidget(strip)
    strip.resize(600, 180)
    picture = QPixmap(200, 100)
    picture.fill(QColor("white"))
    picture.save(str(path))
    group = PictureGroup("s", "room", (KeptPicture(path, 1.0, "s", backend="render"),))
    strip.show_pictures((group,), frozenset(), {})
    strip.show()
    return strip


def marked_pixels(strip: ResultStrip) -> int:
    image, wanted = strip.list.viewport().grab().toImage(), QColor(verdict_colour("missing"))
    return sum(
        all(abs(a - b) < 24 for a, b in zip(QColor(image.pixel(x, y)).getRgb()[:3], wanted.getRgb()[:3], strict=True))
        for x in range(0, image.width(), 1)
        for y in range(0, image.height(), 1)
    )


def test_what_differs_from_the_layout_is_told_and_drawn_and_can_be_hidden(qtbot, tmp_path):
    path = tmp_path / "a.png"
    strip = strip_with(qtbot, path)
    before = marked_pixels(strip)
    strip.show_check(path, REPORT)
    item = strip.list.item(1)
    assert "33%" in item.text()
    assert "missing: lamp" in item.toolTip() and "broken: lamp next to sofa" in item.toolTip()
    assert marked_pixels(strip) > before + 60
    strip.differences.setChecked(False)
    assert item.data(MARKS_ROLE) is None and marked_pixels(strip) == before


def test_it_is_said_again_when_the_strip_is_filled_anew(qtbot, tmp_path):
    path = tmp_path / "a.png"
    strip = strip_with(qtbot, path)
    strip.show_check(path, REPORT)
    group = PictureGroup("s", "room", (KeptPicture(path, 1.0, "s", backend="render"),))
    strip.show_pictures((group,), frozenset(), {})
    assert "33%" in strip.list.item(1).text() and strip.list.item(1).data(MARKS_ROLE) is not None


def test_a_long_seed_leaves_the_score_in_sight(qapp):
    metrics = QFontMetrics(qapp.font())
    text = "seed 1141248519  100%"
    assert fitted(text, metrics, metrics.horizontalAdvance(text)) == text
    assert fitted(text, metrics, metrics.horizontalAdvance(text) - 1) == "1141248519  100%"
    assert fitted(text, metrics, metrics.horizontalAdvance("19  100%\u2026")).endswith(" 100%")


def test_pictures_are_named_by_their_time():
    assert short_name(Path("20261129-173050-sd3-mini-7-q4.png")) == "17:30:50  sd3-mini-7"
    assert short_name(Path("holiday.png")) == "holiday"

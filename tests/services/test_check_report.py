"""Reports of checks as files, and verdicts drawn over a picture."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.checking import CheckReport, ObjectCheck, RelationCheck
from sd3studio.core.scene.predicates import Predicate
from sd3studio.services.check_overlay import VERDICT_COLOURS, overlay, thumbnail
from sd3studio.services.check_report import Row, best_first, html_page, pictures_csv, statements_csv, write_report


def report(name: str, verdict: str = "found", label: str = "cat") -> CheckReport:
    thing = ObjectCheck(id="cat", label=label, verdict=verdict, expected=(10, 10, 40, 60), found=(60, 10, 90, 60))
    relation = RelationCheck(subject="cat", predicate=Predicate.ON, object="mat", verdict="holds", grade=0.9)
    return CheckReport(picture=name, width=160, height=120, reader="detectors", objects=(thing,), relations=(relation,))


def test_the_best_picture_comes_first() -> None:
    rows = [Row(report("bad", "missing")), Row(report("good")), Row(report("worse", "wrong place"))]
    assert [row.report.picture for row in best_first(rows)] == ["good", "bad", "worse"]


def test_tables_have_a_line_for_each_picture_and_statement() -> None:
    reports = [report("a.png"), report("b.png", "missing")]
    pictures = list(csv.DictReader(io.StringIO(pictures_csv(reports))))
    assert [(row["rank"], row["picture"], row["score"]) for row in pictures] == [
        ("1", "a.png", "1.0000"),
        ("2", "b.png", "0.5000"),
    ]
    statements = list(csv.DictReader(io.StringIO(statements_csv(reports))))
    assert [row["verdict"] for row in statements] == ["found", "holds", "missing", "holds"]


def test_text_from_outside_is_escaped() -> None:
    odd = report("<script>alert(1)</script>.png", label='"><img src=x onerror=alert(1)>')
    page = html_page([Row(odd, b"\xff\xd8")], title="<b>")
    assert "<script>" not in page and "<img src=x" not in page and "<h1>&lt;b&gt;</h1>" in page
    assert "=HYPERLINK" not in [row[0] for row in csv.reader(io.StringIO(pictures_csv([report("=HYPERLINK")])))]
    assert "'=HYPERLINK" in pictures_csv([report("=HYPERLINK")])


def test_the_page_loads_nothing_and_shows_the_pictures(tmp_path) -> None:
    picture = thumbnail(np.full((120, 160, 3), 200, np.uint8))
    files = write_report(tmp_path / "out", [Row(report("a.png"), picture), Row(report("b.png"))])
    assert [file.name for file in files] == ["report.html", "pictures.csv", "statements.csv"]
    page = files[0].read_text(encoding="utf-8")
    assert page.count("<img ") == 1 and 'src="data:image/jpeg;base64,' in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize("verdict", ["found", "missing", "wrong place", "extra", "cannot decide"])
def test_each_verdict_is_drawn_in_its_colour(verdict: str) -> None:
    plain = np.full((120, 160, 3), 255, np.uint8)
    drawn = overlay(plain, report("a", verdict))
    assert drawn.shape == plain.shape and (plain == 255).all()
    assert (drawn == VERDICT_COLOURS[verdict]).all(axis=2).sum() > 50


def test_white_text_is_readable_on_every_verdict() -> None:
    for colour in VERDICT_COLOURS.values():
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5


def test_a_thumbnail_is_small() -> None:
    small = Image.open(io.BytesIO(thumbnail(np.zeros((1200, 2400, 3), np.uint8))))
    assert small.size == (360, 180)

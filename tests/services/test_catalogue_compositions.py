"""Several meshes as one: where the parts stand, what they weigh in faces, who made them."""

from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import DataError
from sd3studio.services.catalogue_build.archive import read_libraries
from sd3studio.services.catalogue_build.build import build
from sd3studio.services.catalogue_build.compositions import COMPOSED, composed
from sd3studio.services.catalogue_build.credits import licence_of_all
from sd3studio.services.catalogue_build.primitives.shapes import box, whole
from sd3studio.services.catalogue_build.tables import Pick, read_categories, read_selection
from tests.services.test_catalogue_build import package

pytest.importorskip("meshoptimizer", reason="the catalogue is only built where the build extra is installed")

SELECTION = """
chair\tTest/chair\tchair\tarmchair\t\t90
ball\tprimitives/tennis-ball\tsports ball\tball
loaded\tcomposed/ball-on-chair\tchair\tchair with a ball\t\t\t\t\t\t4000
"""
CATEGORIES = """
chair\tseating\t30x30x60\t80x80x120\t0\tyes
sports ball\ttoys-sports\t3x3x3\t30x30x30\t0\tno
"""


def tables(folder: Path, rows: str) -> list[Pick]:
    (folder / "selection.tsv").write_text(SELECTION)
    (folder / "compositions.tsv").write_text(rows)
    (folder / "categories.tsv").write_text(CATEGORIES)
    return read_selection(folder / "selection.tsv", folder / "compositions.tsv")


def test_parts_stand_on_the_carrier_where_the_table_says(tmp_path: Path) -> None:
    picks = tables(tmp_path, "ball-on-chair\tchair\t\t\t\t\t500\nball-on-chair\tball\t10\t5\t2\t\t500\n")
    slab = whole(box((1.0, 0.6, 0.7), (0, 0, 0.35), (1, 0, 0)))
    cube = whole(box((0.1, 0.1, 0.1), (0, 0, 0.05), (0, 1, 0)))
    joint = composed(picks[2].parts, [slab, cube])
    low, high = joint.vertices[8:].min(axis=0), joint.vertices[8:].max(axis=0)
    assert low == pytest.approx((0.05, 0.72, -0.10))
    assert high == pytest.approx((0.15, 0.82, 0.0))
    assert len(joint.faces) == 24 and len(joint.materials) == 2


def test_a_composition_names_all_authors_and_rests_things_on_its_carrier(tmp_path: Path) -> None:
    picks = tables(tmp_path, "ball-on-chair\tchair\t\t\t\t\t500\nball-on-chair\tball\t10\t\t\t\t80\n")
    out = tmp_path / "out"
    categories = read_categories(tmp_path / "categories.tsv")
    entries = list(build(picks, categories, read_libraries(package(tmp_path)), out))
    chair, ball, loaded = entries
    assert loaded.author == "Ada, SD3 Studio" and loaded.source == "Test/chair + procedural"
    assert loaded.licence == "CC0-1.0 AND unknown"
    assert loaded.size[2] == pytest.approx(chair.size[2] + ball.size[2], abs=1e-3)
    assert loaded.surface == pytest.approx(chair.size[2] / loaded.size[2], abs=1e-3)
    assert chair.faces < loaded.faces <= chair.faces + 80
    assert "| loaded | Ada, SD3 Studio | Test/chair + procedural |" in (out / "CREDITS.md").read_text()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("ball-on-chair\tdragon\t\t\t\t\t500\n", "line 1: 'dragon' is no single mesh"),
        ("ball-on-chair\tloaded\t\t\t\t\t500\n", "line 1: 'loaded' is no single mesh"),
        ("ball-on-chair\tchair\tleft\t\t\t\t500\n", "line 1: could not convert"),
        ("other\tchair\t\t\t\t\t500\n", "no row for 'ball-on-chair'"),
    ],
)
def test_rows_that_name_nothing_are_errors(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        tables(tmp_path, rows)


def test_licences_of_several_libraries_are_one_expression() -> None:
    libraries = ("Scopia", "BlendSwap-CC-BY", "primitives")
    assert licence_of_all(libraries) == "CC-BY-3.0 AND CC0-1.0"


def test_shipped_compositions_leave_the_middle_free() -> None:
    picks = [pick for pick in read_selection() if pick.library == COMPOSED]
    assert picks
    for pick in picks:
        spots = np.array([part.at[:2] for part in pick.parts[1:]])
        assert np.hypot(*spots.T).min() > 0.15

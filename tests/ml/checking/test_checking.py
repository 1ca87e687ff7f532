"""Pictures of known truth, right and deliberately broken, read back by the id map and by the detectors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rendered_street import BLUE, moved, painted_over, pixels_of, save, street, without

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.checking import CheckReport, ObjectCheck
from sd3studio.core.errors import InputError
from sd3studio.core.messages import Finished
from sd3studio.core.requests import CheckPicture
from sd3studio.core.scene import Scene
from sd3studio.ml.checking import run

pytestmark = pytest.mark.gl
READERS = ("id map", "detectors")


def check(picture: str, reader: str, scene: Scene | None = None) -> CheckReport:
    end = list(run(CheckPicture(picture=picture, scene=scene, reader=reader)))[-1]
    assert isinstance(end, Finished)
    return end.result.report


def verdict(report: CheckReport, name: str) -> ObjectCheck:
    return next(item for item in report.objects if item.id == name)


def broken(report: CheckReport) -> set[tuple[str, str]]:
    return {(r.subject, r.predicate.value) for r in report.relations if r.verdict == "broken"}


def test_a_true_render_is_right_by_its_id_map_and_nothing_is_left_open(tmp_path: Path) -> None:
    report = check(save(tmp_path / "p.png", pixels_of(street()), street()), "auto")
    assert report.reader == "id map" and report.score == 1.0 and report.coverage == 1.0
    assert {item.verdict for item in report.objects} == {"found"}
    assert len([r for r in report.relations if r.asserted]) == 3


def test_a_true_render_is_right_by_the_detectors_where_they_can_tell(tmp_path: Path) -> None:
    noisy = np.random.default_rng(0).normal(0.0, 6.0, pixels_of(street()).shape) + pixels_of(street())
    picture = save(tmp_path / "p.png", np.clip(noisy, 0, 255).astype(np.uint8), street(), "diffusers")
    report = check(picture, "auto")
    assert report.reader == "detectors" and report.score == 1.0
    assert report.counts()["found"] >= 6 and verdict(report, "car").attributes[0].verdict == "holds"


@pytest.mark.parametrize("reader", READERS)
def test_what_is_painted_over_is_missing_and_breaks_its_relations(reader: str, tmp_path: Path) -> None:
    report = check(save(tmp_path / "p.png", painted_over(street(), "person-2"), street()), reader)
    assert verdict(report, "person-2").verdict == "missing"
    assert verdict(report, "person").verdict == "found"
    assert {("person-2", "to the right of"), ("person-2", "in front of")} <= broken(report)
    assert all("person-2" in (r.subject, r.object) for r in report.relations if r.verdict == "broken")


@pytest.mark.parametrize("reader", READERS)
def test_what_was_moved_is_at_the_wrong_place_and_only_what_no_longer_holds_is_broken(
    reader: str, tmp_path: Path
) -> None:
    drawn = moved(street(), "person-2", -3.9, -3.1)
    report = check(save(tmp_path / "p.png", pixels_of(drawn), drawn), reader, street())
    assert verdict(report, "person-2").verdict == "wrong place"
    assert broken(report) >= {("person-2", "to the right of")}
    assert [r.verdict for r in report.relations if r.asserted] == ["broken", "holds", "holds"]


@pytest.mark.parametrize("reader", READERS)
def test_what_was_swapped_is_missing_and_what_stands_there_is_named(reader: str, tmp_path: Path) -> None:
    bicycle = street().objects["bicycle"]
    other = shipped_catalogue().of_category("motorcycle")[0].as_object("bicycle", *bicycle.center[:2])
    drawn = street().with_objects(other.replace(yaw=bicycle.yaw))
    report = check(save(tmp_path / "p.png", pixels_of(drawn), drawn), reader, street())
    item = verdict(report, "bicycle")
    assert (item.verdict, item.seen_as) == ("missing", "motorcycle")
    assert not [check for check in report.objects if check.verdict == "extra"]


@pytest.mark.parametrize("reader", READERS)
def test_what_was_added_is_extra(reader: str, tmp_path: Path) -> None:
    asked = without(street(), "person-2")
    report = check(save(tmp_path / "p.png", pixels_of(street()), street()), reader, asked)
    assert [item.label for item in report.objects if item.verdict == "extra"] == ["person"]
    assert all(item.verdict in ("found", "cannot decide", "extra") for item in report.objects)


@pytest.mark.parametrize("reader", READERS)
def test_what_was_recoloured_is_found_but_not_in_its_colour(reader: str, tmp_path: Path) -> None:
    car = street().objects["car"].replace(colour=BLUE, attributes=("blue",))
    drawn = street().with_objects(car)
    report = check(save(tmp_path / "p.png", pixels_of(drawn), drawn), reader, street())
    item = verdict(report, "car")
    assert item.verdict == "found" and [a.verdict for a in item.attributes] == ["broken"]


def test_a_picture_without_a_scene_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), (90, 120, 90)).save(path)
    with pytest.raises(InputError, match=r"photo\.jpg does not carry a scene"):
        check(str(path), "auto")


def test_there_is_no_id_map_of_what_is_not_a_render_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (96, 64), (90, 120, 90)).save(path)
    with pytest.raises(InputError, match="no id map"):
        check(str(path), "id map", street())


def test_an_empty_picture_has_nothing_of_the_scene(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.new("RGB", (640, 448), (128, 128, 128)).save(path)
    report = check(str(path), "auto", street())
    counts = report.counts()
    assert report.score == 0.0 and counts["found"] == 0 and counts["missing"] >= 2 and counts["holds"] == 0

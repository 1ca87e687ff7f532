"""The measured table of what is recognised, and the turns and elevations that follow from it."""

import math

import numpy as np
import pytest

from sd3studio.core import recognised
from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.recognised import (
    ELEVATIONS_DEG,
    HEADINGS_DEG,
    OPEN_PLACES,
    score_at,
    steady_score,
    telling_place,
    telling_turn,
    told_from,
)

USUAL = math.radians(35.0)
LOW = math.radians(ELEVATIONS_DEG[0])


@pytest.fixture
def table(monkeypatch):
    """A made-up table: mesh -> scores at each elevation."""
    made: dict[str, tuple[tuple[float, ...], ...]] = {}
    monkeypatch.setattr(recognised, "recognised", lambda place="": made)
    return made


def test_the_shipped_table_is_about_meshes_of_the_catalogue():
    table = recognised.recognised()
    assert len(table) > 200 and set(table) <= {entry.id for entry in shipped_catalogue()}
    assert {len(rows) for rows in table.values()} == {len(ELEVATIONS_DEG)}
    assert {len(row) for rows in table.values() for row in rows} == {1, len(HEADINGS_DEG)}
    assert steady_score("horse") > 0.8 > 0.2 > steady_score("handbag") and steady_score("no such mesh") is None


def test_flat_things_are_told_from_above_and_animals_from_low_down():
    angles = [math.radians(angle) for angle in ELEVATIONS_DEG]
    assert told_from(["keyboard"], angles).argmax() >= 1
    assert told_from(["horse"], angles).argmax() <= 1
    assert not told_from(["no such mesh", None], angles).any()


@pytest.mark.parametrize(
    ("scores", "turn_deg"),
    [((0.0, 0.97, 0.9, 0.9, 0.9), 35.0), ((0.0, 0.2, 0.3, 0.9, 0.92), 90.0), ((0.9, 0.1, 0.0, 0.0, 0.0), 0.0),
     ((0.4,), 35.0)],
)  # fmt: skip
def test_the_usual_turn_is_kept_unless_another_tells_more(table, scores, turn_deg):
    table["it"] = (scores,) * len(ELEVATIONS_DEG)
    assert math.degrees(telling_turn("it", USUAL, LOW)) == pytest.approx(turn_deg)


def test_scores_between_what_was_measured_are_linear_and_the_other_side_is_a_mirror_image(table):
    rows = np.linspace(0.0, 0.9, len(ELEVATIONS_DEG))[:, None] * np.array([1.0, 1.0, 0.5, 0.0, 0.0])
    table["it"] = tuple(map(tuple, rows.tolist()))
    middle = math.radians((ELEVATIONS_DEG[1] + ELEVATIONS_DEG[2]) / 2.0)
    assert score_at("it", middle, 0.0) == pytest.approx(0.45)
    assert score_at("it", middle, math.radians(45.0)) == pytest.approx(0.45 * 0.75)
    assert score_at("it", middle, math.radians(-45.0)) == pytest.approx(score_at("it", middle, math.radians(405.0)))
    assert score_at("another", middle, 0.0) is None


def test_two_things_are_looked_at_from_where_both_are_told(table):
    table["flat"] = tuple((score,) for score in (0.0, 0.6, 0.9, 0.9))
    table["tall"] = tuple((score,) for score in (0.9, 0.9, 0.2, 0.0))
    told = told_from(["flat", "tall"], [math.radians(angle) for angle in ELEVATIONS_DEG])
    assert told.argmax() == 1


def test_a_bear_is_told_on_snow_and_not_on_grass():
    low = math.radians(20.0)
    assert (
        score_at("bear", low, math.radians(60.0), "snowfield") > 0.5 > 0.2 > score_at("bear", low, math.radians(60.0))
    )
    assert telling_place(["bear"], 0.5) in OPEN_PLACES[1:]
    assert steady_score("bear-black") > 0.5 > score_at("bear-black", low, 0.0)


def test_the_usual_place_is_kept_unless_another_tells_more(monkeypatch):
    shown = {"": 0.9, "field": 0.5, "beach": 0.6, "snowfield": 0.9, "street": 0.5}
    rows = {place: ((score,),) * len(ELEVATIONS_DEG) for place, score in shown.items()}
    monkeypatch.setattr(recognised, "recognised", lambda place="": {"it": rows[place]})
    assert telling_place(["it"], 0.1) == "snowfield"
    assert telling_place(["it"], 1.0) == "field"
    assert telling_place(["another", None], 0.1) == "field"


def test_what_was_not_measured_at_a_place_is_as_told_there_as_usual():
    assert recognised.recognised("beach")["cup-paper"] == recognised.recognised()["cup-paper"]
    assert recognised.recognised("beach")["bear"] != recognised.recognised()["bear"]

"""The measured table of what is recognised, and the turns that follow from it."""

import math

import pytest

from sd3studio.core import recognised
from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.recognised import HEADINGS_DEG, best_score, telling_turn

USUAL = math.radians(35.0)


def test_the_shipped_table_is_about_meshes_of_the_catalogue():
    table = recognised.recognised()
    assert len(table) > 200 and set(table) <= {entry.id for entry in shipped_catalogue()}
    assert {len(scores) for scores in table.values()} == {1, len(HEADINGS_DEG)}
    assert best_score("horse") > 0.9 > best_score("bear") and best_score("no such mesh") is None


@pytest.mark.parametrize(
    ("scores", "turn_deg"),
    [((0.0, 0.97, 0.9, 0.9, 0.9), 35.0), ((0.0, 0.2, 0.3, 0.9, 0.92), 90.0), ((0.9, 0.1, 0.0, 0.0, 0.0), 0.0),
     ((0.4,), 35.0)],
)  # fmt: skip
def test_the_usual_turn_is_kept_unless_another_tells_more(monkeypatch, scores, turn_deg):
    monkeypatch.setattr(recognised, "recognised", lambda: {"it": scores})
    assert math.degrees(telling_turn("it", USUAL)) == pytest.approx(turn_deg)

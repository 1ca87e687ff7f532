"""The seat of a chair is measured, not guessed."""

import numpy as np
import pytest
import trimesh

from sd3studio.services.catalogue_build.resting import resting_share


def box(center, size):
    made = trimesh.creation.box(extents=size)
    made.apply_translation(center)
    return np.asarray(made.triangles)


def test_seat_in_front_of_a_back_is_where_things_rest():
    seat, back = box((0, 0.25, 0), (0.5, 0.5, 0.5)), box((0, 0.5, -0.24), (0.5, 1.0, 0.02))
    assert resting_share(np.concatenate([seat, back])) == pytest.approx(0.5, abs=0.01)


def test_table_is_flat_at_the_top():
    assert resting_share(box((0, 0.4, 0), (1.0, 0.8, 1.0))) == pytest.approx(1.0)


def test_a_slope_is_no_place_to_rest():
    ramp = np.array([[[-1, 0, -1], [1, 0, -1], [1, 2, 1]], [[-1, 0, -1], [1, 2, 1], [-1, 2, 1]]], float)
    assert resting_share(ramp) is None


def test_an_open_frame_is_no_place_to_rest():
    posts = [box((x, 0.5, z), (0.02, 1.0, 0.02)) for x in (-0.5, 0.5) for z in (-0.5, 0.5)]
    assert resting_share(np.concatenate(posts)) is None

"""Solids that our own shapes are built from: what stands, what is stuck in the ground, planks, panels of a ball."""

import numpy as np
import pytest
from PIL import Image

from sd3studio.services.catalogue_build.primitives import PRIMITIVE_SHAPES
from sd3studio.services.catalogue_build.primitives.planks import faced, plank, round_ends
from sd3studio.services.catalogue_build.primitives.shapes import box, grounded, moved, stuck
from sd3studio.services.catalogue_build.surface import face_normals

WHITE = (1.0, 1.0, 1.0)


def test_grounded_shapes_stand_over_the_origin() -> None:
    stood = grounded(box((2.0, 1.0, 4.0), (5.0, -3.0, 7.0), WHITE))
    assert np.allclose(stood.bounds, [(-1.0, -0.5, 0.0), (1.0, 0.5, 4.0)])


def test_what_is_stuck_in_the_ground_ends_there() -> None:
    low, high = stuck(moved(box((1.0, 1.0, 3.0), (0.0, 0.0, 0.0), WHITE), (0.0, 0.0, 9.0)), 0.5).bounds
    assert (low[2], high[2]) == pytest.approx((0.0, 2.5))


def test_pictures_of_a_plank_lie_on_its_two_sides() -> None:
    board = plank(2.0, round_ends(0.2, 2.0), lambda s: 0.05, lambda s: 0.0)
    top, bottom = Image.new("RGB", (4, 8), (255, 0, 0)), Image.new("RGB", (4, 8), (0, 0, 255))
    sides = faced(board, top, bottom, WHITE)
    up = face_normals(sides.vertices, sides.faces)[:, 2]
    assert [material.texture for material in sides.materials] == [top, bottom, None]
    assert (up[sides.material_of_face == 0] > 0).all() and (up[sides.material_of_face == 1] < 0).all()
    assert np.bincount(sides.material_of_face, minlength=3).min() > 0


def test_a_football_has_black_pentagons_among_more_yellow() -> None:
    football = PRIMITIVE_SHAPES["football-yellow"]()
    areas = np.linalg.norm(face_normals(football.vertices, football.faces), axis=1)
    black, yellow = (areas[football.material_of_face == k].sum() for k in (0, 1))
    assert 0.2 < black / yellow < 0.5
    assert football.bounds[1] - football.bounds[0] == pytest.approx([0.22] * 3, rel=0.02)

"""Outlines from an id map."""

import numpy as np

from sd3studio.render.outlines import id_outlines


def test_only_pixels_at_an_edge_are_drawn_in_the_colour_of_their_object():
    ids = np.zeros((8, 8), np.int32)
    ids[2:6, 2:6] = 1
    ids[2:6, 4:6] = 2
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    drawn = id_outlines(ids, colours)
    assert (drawn[ids == 0][:, 3] == 0).all()
    assert drawn[2, 2].tolist() == [255, 0, 0, 255]
    assert drawn[3, 4].tolist() == [0, 0, 255, 255], "two objects that touch have an edge between them"
    assert id_outlines(np.ones((5, 5), np.int32), colours)[..., 3].sum() == 0

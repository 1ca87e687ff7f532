"""Depth of boxes by size and ground."""

import numpy as np
from tiny_graphs import vocabulary

from sd3studio.core.scene.camera import Camera
from sd3studio.ml.conditioning.graph_depth import depth_bins, depths_of, usual_size
from sd3studio.ml.training.data.graphs import GraphObject


def test_things_on_the_ground_are_as_far_away_as_their_feet_say():
    camera = Camera(position=(0.0, 0.0, 2.0), target=(0.0, 4.0, 0.6), fov_y=0.7, width=256, height=256)
    boxes, sizes, true = [], [], []
    for x, y, height in ((-1.0, 4.0, 1.0), (0.0, 6.0, 1.3), (1.5, 9.0, 0.8)):
        foot, depth = camera.project(np.array((x, y, 0.0)))
        top, _ = camera.project(np.array((x, y, height)))
        half = 0.25 / depth * 0.5 / np.tan(0.35)
        boxes.append((foot[0] / 256 - half, top[1] / 256, foot[0] / 256 + half, foot[1] / 256))
        sizes.append((0.5, 0.3, 1.0))  # the usual one: wrong by up to 30 %
        true.append(float(depth))
    found = depths_of(np.array(boxes), np.array(sizes))
    assert np.argsort(found).tolist() == [0, 1, 2]
    assert np.allclose(found / np.mean(found), np.array(true) / np.mean(true), rtol=0.25)


def test_a_thing_of_no_usual_size_has_no_depth():
    things = (GraphObject(tag="zzqx", box=(0, 0, 9, 9)), GraphObject(tag="chair", box=(20, 30, 40, 60)))
    unknown, chair = depth_bins(things, (64.0, 64.0), vocabulary().bins)
    assert unknown is None and chair is not None and usual_size("chair") is not None

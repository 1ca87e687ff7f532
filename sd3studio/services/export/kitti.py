"""KITTI object labels and calibration (Geiger et al. 2012; the devkit's readme.txt gives the columns).

A path that ends in ``.txt`` is the label file, its calibration lies beside it as ``NAME.calib.txt``; any other path is
a folder that gets ``label_2/000000.txt`` and ``calib/000000.txt``.

KITTI's camera frame has x right, y down, z forward and boxes turn about y only, so ours is the level frame at the
camera's position; a tilt of the camera is part of ``P2``. Pitch and roll of objects are lost (the box around is
written), and so are labels' spaces, attributes, relations, stuff, concepts and hidden objects.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import Boxes, facing_of, rotation_matrices
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.picture_boxes import PictureBox, covered_shares, picture_box, picture_camera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export.form import Export, left_out_notes, listed

Floats = NDArray[np.float64]

KITTI_TYPES: dict[str, str] = {
    "car": "Car",
    "van": "Van",
    "truck": "Truck",
    "person": "Pedestrian",
    "cyclist": "Cyclist",
    "train": "Tram",
    "tram": "Tram",
}
"""Category -> type of the official label files; other categories keep their own name, which readers must know."""


def make(scene: Scene, path: Path) -> Export:
    """A label file with one line per object in view, and a calibration file."""
    camera = picture_camera(scene)
    level = level_axes(camera)
    notes = left_out_notes(scene, stuff=True)
    shown = [(thing, seen) for thing in scene.solid_objects() if (seen := picture_box(camera, thing)) is not None]
    missing = [thing.label for thing in scene.solid_objects() if thing.id not in {shown_.id for shown_, _ in shown}]
    if missing:
        notes.append(f"Objects out of view are left out: {listed(missing)}.")
    tilted = [thing.label for thing, _ in shown if thing.pitch or thing.roll]
    if tilted:
        notes.append(f"KITTI boxes can't be tilted; the upright box around was written for: {listed(tilted)}.")
    named = sorted({_type(thing) for thing, _ in shown} - set(KITTI_TYPES.values()) - {"Person_sitting"})
    if named:
        notes.append(f"These types are not among KITTI's own: {listed(named)}.")
    if abs(level[1] @ camera.axes[1] - 1.0) > 1e-9:
        notes.append(
            "The camera is tilted: P2 holds the tilt, so readers must use the whole matrix, not only its focal length."
        )
    covered = covered_shares([seen.full for _, seen in shown], [seen.distance_m for _, seen in shown])
    lines = [label_line(camera, thing, seen, share) for (thing, seen), share in zip(shown, covered, strict=True)]
    label_path, calib_path = _paths(path)
    labels = "".join(f"{line}\n" for line in lines)
    return Export(((label_path, labels.encode()), (calib_path, calibration(camera).encode())), tuple(notes))


def level_axes(camera: Camera) -> Floats:
    """(3, 3) rows: right, straight down, level forward in the world frame."""
    forward = camera.axes[2] * (1.0, 1.0, 0.0)
    if np.linalg.norm(forward) < 1e-6:  # looks straight up or down: forward is what is up in the picture
        forward = -camera.axes[1] * (1.0, 1.0, 0.0)
    forward = forward / np.linalg.norm(forward)
    down = np.array([0.0, 0.0, -1.0])
    return np.stack([np.cross(down, forward), down, forward])


def projection(camera: Camera) -> Floats:
    """(3, 4) P2: level camera frame (m) to homogeneous pixels."""
    inner = np.array(
        [[camera.focal_px, 0.0, camera.width / 2.0], [0.0, camera.focal_px, camera.height / 2.0], [0.0, 0.0, 1.0]]
    )
    return np.concatenate([inner @ camera.axes @ level_axes(camera).T, np.zeros((3, 1))], axis=1)


def label_line(camera: Camera, thing: SceneObject, seen: PictureBox, covered: float) -> str:
    """The 15 columns of an object (16 with its score): type, truncation, occlusion, alpha, box, h w l, x y z, turn."""
    level = level_axes(camera)
    low, high = _upright_bounds(thing)
    turn = rotation_matrices(thing.yaw)[0]
    bottom = turn @ np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]) + np.asarray(thing.center)
    x, y, z = level @ (bottom - np.asarray(camera.position))
    width, length, height = high - low
    facing = level @ facing_of(thing.yaw)
    rotation_y = math.atan2(-facing[2], facing[0])
    alpha = _wrapped(rotation_y - math.atan2(x, z))
    occlusion = 0 if covered < 0.1 else 1 if covered < 0.5 else 2
    if thing.occluded:
        occlusion = max(occlusion, 1)
    numbers = (*seen.box, height, width, length, x, y, z, rotation_y)
    columns = [_type(thing), f"{seen.truncation:.2f}", str(occlusion), f"{alpha:.6f}", *(f"{v:.6f}" for v in numbers)]
    if thing.provenance.score is not None:
        columns.append(f"{thing.provenance.score:.4f}")
    return " ".join(columns)


def calibration(camera: Camera) -> str:
    """The calibration file: our one camera is all four of KITTI's, its frame is already rectified, no lidar."""
    matrix = " ".join(f"{v:.12e}" for v in projection(camera).ravel())
    eye = " ".join(f"{v:.12e}" for v in np.eye(3).ravel())
    still = " ".join(f"{v:.12e}" for v in np.eye(3, 4).ravel())
    rows = [
        *(f"P{i}: {matrix}" for i in range(4)),
        f"R0_rect: {eye}",
        f"Tr_velo_to_cam: {still}",
        f"Tr_imu_to_velo: {still}",
        f"sd3_camera: {_where(camera)}",
    ]
    return "\n".join(rows) + "\n"


def _where(camera: Camera) -> str:
    """Place in the world (m), heading (rad) and picture size: what KITTI does not keep and its readers skip."""
    ahead = level_axes(camera)[2]
    return " ".join(
        f"{v:.12e}" for v in (*camera.position, math.atan2(ahead[0], ahead[1]), camera.width, camera.height)
    )


def _paths(path: Path) -> tuple[Path, Path]:
    if path.suffix.lower() == ".txt":
        return path, path.with_suffix(".calib.txt")
    return path / "label_2" / "000000.txt", path / "calib" / "000000.txt"


def _type(thing: SceneObject) -> str:
    name = (thing.category or thing.label).lower()
    if name == "person" and "sitting" in thing.attributes:
        return "Person_sitting"
    if name in KITTI_TYPES:
        return KITTI_TYPES[name]
    return "_".join(name.split()).capitalize()


def _upright_bounds(thing: SceneObject) -> tuple[Floats, Floats]:
    """Lower and upper corner (3,) of the object in its own frame with pitch and roll taken out."""
    corners = Boxes.of([thing]).corners()[0] - np.asarray(thing.center)
    local = corners @ rotation_matrices(thing.yaw)[0]
    return local.min(axis=0), local.max(axis=0)


def _wrapped(angle_rad: float) -> float:
    return (angle_rad + math.pi) % (2.0 * math.pi) - math.pi

"""KITTI object labels, with the calibration beside them (``NAME.calib.txt`` or ``../calib/NAME.txt``)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.scene.camera import Camera
from sd3studio.services.import_.form import Beside, Doubts, Draft, Facts, Imported, ImportedScene, build, photo_of

Floats = NDArray[np.float64]

CAMERA_HEIGHT_M = 1.65
"""Of the car that KITTI was taken from; where no object tells the ground."""

SIZE_PX = (1242, 375)
TYPES = {
    "Car": "car", "Van": "van", "Truck": "truck", "Pedestrian": "person", "Person_sitting": "person",
    "Cyclist": "cyclist", "Tram": "tram",
}  # fmt: skip
MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class _Calibration:
    """A camera in the world, and the axes (3, 3: right, down, forward) of the level frame in which boxes are told."""

    camera: Camera
    level: Floats
    known: bool


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene. Raises `DataError` naming file and line."""
    rows = _rows(data, name)
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    found = next((f for other in (f"{stem}.calib.txt", f"../calib/{stem}.txt") if (f := beside(other))), None)
    feet = [float(row[12]) for _, row in rows if row[0] != "DontCare"]
    height = float(np.median(feet)) if feet else CAMERA_HEIGHT_M
    doubts = Doubts()
    calibration = _calibration(found, height if 0.2 < height < 50.0 else CAMERA_HEIGHT_M, name)
    if found is None:
        doubts.add("There is no calibration beside {} label file; a usual camera is assumed.")
    elif not calibration.known:
        doubts.add("{} calibration does not tell how high the camera is; the feet of the objects do.")
    drafts = [_draft(row, calibration, name, number) for number, row in rows if row[0] != "DontCare"]
    camera = calibration.camera
    photo = photo_of(f"../image_2/{stem}.png", camera.width, camera.height, beside)
    scene = build(drafts, (), (camera.width, camera.height), photo, doubts, camera)
    return Imported((ImportedScene(f"{stem}.png", scene),), doubts.notes())


def _rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not a KITTI label file: it is not text.") from error
    if len(lines) > MAX_LINES:
        raise DataError(f"{name} has more than {MAX_LINES} lines, which no KITTI label file has.")
    rows = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words:
            continue
        if len(words) not in (15, 16):
            raise DataError(f"{name}, line {number}: a KITTI label has 15 columns (16 with a score), not {len(words)}.")
        if not all(_is_number(word) for word in words[1:]):
            raise DataError(f"{name}, line {number}: every column after the type should be a number.")
        rows.append((number, words))
    return rows


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word)) and abs(float(word)) < 1e6
    except ValueError:
        return False


def _draft(row: list[str], calibration: _Calibration, name: str, number: int) -> Draft:
    truncation, occlusion = float(row[1]), float(row[2])
    box = (float(row[4]), float(row[5]), float(row[6]), float(row[7]))
    height, width, length, x, y, z, turn = (float(word) for word in row[8:15])
    score = float(row[15]) if len(row) == 16 else None
    label = TYPES.get(row[0], row[0].replace("_", " ").lower())[:200]
    bottom = np.asarray(calibration.camera.position) + np.array([x, y, z]) @ calibration.level
    facing = math.cos(turn) * calibration.level[0] - math.sin(turn) * calibration.level[2]
    try:
        facts = Facts(
            label=label,
            center_m=(float(bottom[0]), float(bottom[1]), float(bottom[2]) + height / 2.0),
            size_m=(width, length, height),
            yaw_rad=math.atan2(float(facing[0]), -float(facing[1])),
            score=score if score is not None and 0.0 <= score <= 1.0 else None,
            source="photo" if score is not None else "user",
            truncated=truncation > 0.02,
            occluded=0 < occlusion < 3,
            attributes=("sitting",) if row[0] == "Person_sitting" else (),
        )
    except ValidationError as error:
        raise DataError(f"{name}, line {number}: the box has no size or is absurdly far away.") from error
    whole = box[2] - box[0] > 0 and box[3] - box[1] > 0
    return Draft(label=label, box=box if whole else None, facts=facts, category=label)


def _calibration(data: bytes | None, height_m: float, name: str) -> _Calibration:
    if data is None:
        camera = Camera(position=(0, 0, height_m), target=(0, 10, height_m), width=SIZE_PX[0], height=SIZE_PX[1],
                        fov_y=2.0 * math.atan(SIZE_PX[1] / 2.0 / 721.5))  # fmt: skip
        return _Calibration(camera, camera.axes, known=False)
    rows = {}
    for line in data.decode("utf-8", "replace").splitlines()[:1_000]:
        key, _, values = line.partition(":")
        words = values.split()
        if words and all(_is_number(word) for word in words):
            rows[key.strip()] = np.array([float(word) for word in words])
    matrix = rows.get("P2")
    if matrix is None or matrix.size != 12:
        raise DataError(f"The calibration of {name} has no row P2 of 12 numbers.")
    place = rows.get("sd3_camera", np.zeros(0))
    known = place.size == 6
    try:
        return _camera(matrix.reshape(3, 4)[:, :3], place if known else None, height_m, known)
    except (ValidationError, np.linalg.LinAlgError, ValueError) as error:
        raise DataError(f"The calibration of {name} holds no camera: P2 is {matrix.tolist()}.") from error


def _camera(matrix: Floats, place: Floats | None, height_m: float, known: bool) -> _Calibration:
    """The camera whose inner matrix times tilt is `matrix` (RQ decomposition), at its place or above the origin."""
    flip = np.eye(3)[::-1]
    q, r = np.linalg.qr((flip @ matrix).T)
    inner, tilt = flip @ r.T @ flip, flip @ q.T
    signs = np.diag(np.where(np.diag(inner) < 0, -1.0, 1.0))
    inner, tilt = inner @ signs, signs @ tilt
    inner = inner / inner[2, 2]
    heading = float(place[3]) if place is not None else 0.0
    ahead = np.array([math.sin(heading), math.cos(heading), 0.0])
    level = np.stack([np.array([ahead[1], -ahead[0], 0.0]), np.array([0.0, 0.0, -1.0]), ahead])
    axes = tilt @ level
    size = (round(2.0 * inner[0, 2]), round(2.0 * inner[1, 2])) if place is None else (round(place[4]), round(place[5]))
    position = np.array([0.0, 0.0, height_m]) if place is None else place[:3]
    roll = _roll(axes)
    camera = Camera(
        position=tuple(position.tolist()),
        target=tuple((position + 10.0 * axes[2]).tolist()),
        fov_y=2.0 * math.atan(size[1] / 2.0 / inner[1, 1]),
        width=size[0],
        height=size[1],
        roll=roll,
    )
    return _Calibration(camera, level, known)


def _roll(axes: Floats) -> float:
    """Roll (rad) of a camera with these axes."""
    right = np.cross(axes[2], [0.0, 0.0, 1.0])
    if np.linalg.norm(right) < 1e-6:
        return 0.0
    right = right / np.linalg.norm(right)
    down = np.cross(axes[2], right)
    return math.atan2(-float(axes[0] @ down), float(axes[0] @ right))

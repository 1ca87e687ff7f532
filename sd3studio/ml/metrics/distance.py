"""Metric distance from single photos against stereo depth.

Protocol: things are found and placed in the left photo alone, once with its true focal length and once with the assumed
one; the depth of each box's centre along the view axis is compared with the median stereo depth on the thing's mask
(GrabCut, else the middle of its box). Every thing that the detector finds counts, also wrongly named ones and those
that the frame cuts; only things without stereo depth are left out.

Data: the 12 OAK-D pairs inside the package stereodemo (depth by OpenCV's StereoSGBM), the Middlebury motorcycle inside
scikit-image (measured depth), or a folder of one's own in the form of stereodemo.
"""

import argparse
import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError
from sd3studio.core.scene.camera import SENSOR_HEIGHT_MM
from sd3studio.ml.parsing.detection import Detection, load_detector
from sd3studio.ml.parsing.lifting import Lifted, lift
from sd3studio.ml.parsing.masks import GrabCutSegmenter
from sd3studio.ml.parsing.photo import kept
from sd3studio.ml.parsing.verticals import find_verticals

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CALIBRATION = "stereodemo_calibration.json"
LEAST_PIXELS = 40
LEAST_SHARE = 0.1
"""A thing is compared if so much of it has stereo depth."""

MOTORCYCLE_FOCAL_PX, MOTORCYCLE_BASELINE_M, MOTORCYCLE_OFFSET_PX = 994.978, 0.193001, 31.086
"""From the docstring of `skimage.data.stereo_motorcycle`."""


@dataclass(frozen=True, slots=True, eq=False)
class StereoPhoto:
    """A left photo (H, W, 3) with depth (H, W) m, NaN where unknown, and its focal length (px)."""

    name: str
    pixels: Pixels
    depth_m: Floats
    focal_px: float

    @property
    def focal_mm(self) -> float:
        """Focal length on a frame 24 mm high."""
        return self.focal_px / self.pixels.shape[0] * SENSOR_HEIGHT_MM


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate distance``."""
    parser.add_argument(
        "--stereo", type=Path, metavar="DIR", help=f"folder of NAME_left.png, NAME_right.png and {CALIBRATION}"
    )
    parser.add_argument("--detector", default="builtin", help="detector to use (default: builtin)")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The report: median relative errors with the focal length given and assumed, and the list of things."""
    photos = list(stereo_folder(args.stereo)) if args.stereo else list(packaged_photos())
    detector = load_detector(args.detector)
    things = [row for photo in photos for row in _rows(photo, kept(detector.detect(photo.pixels), None))]
    return {**summary(things), "photos": len(photos), "objects": things}


def summary(things: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians over things (the dictionaries of `_rows`); None where there are none."""
    given, assumed = ([t[key] for t in things] for key in ("relative_error", "relative_error_assumed"))
    cut = [t["relative_error"] for t in things if t["cut"]]
    signed = [t["distance_m"] / t["stereo_m"] - 1.0 for t in things]
    return {
        "median_relative_error": _median(given),
        "median_relative_error_assumed": _median(assumed),
        "median_relative_error_cut": _median(cut),
        "median_signed_error": _median(signed),
        "within_25_percent": float(np.mean(np.array(given) <= 0.25)) if given else None,
        "count": len(things),
        "count_cut": len(cut),
    }


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def packaged_photos() -> Iterator[StereoPhoto]:
    """The photos that stereodemo and scikit-image ship. Raises `DataError` if neither is installed."""
    stereodemo, skimage = _package("stereodemo"), _package("skimage")
    if stereodemo is None and skimage is None:
        raise DataError("The stereo photos are missing. Install them with: pip install stereodemo==0.7 scikit-image")
    if stereodemo is not None:
        yield from stereo_folder(stereodemo / "datasets" / "oak-d")
    if skimage is not None:
        yield _motorcycle(skimage / "data")


def _package(name: str) -> Path | None:
    """Folder of an installed package. It is not imported: stereodemo would pull in a viewer."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def stereo_folder(folder: Path) -> Iterator[StereoPhoto]:
    """The rectified pairs of a folder with one calibration; the part that is padding is cut off."""
    try:
        calibration = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
        focal_px, baseline_m = float(calibration["fx"]), float(calibration["baseline_meters"])
        valid = [float(v) for v in calibration.get("left_image_rect_normalized", (0, 0, 1, 1))]
        shift = float(calibration["cx1"]) - float(calibration["cx0"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The calibration {folder / CALIBRATION} can't be read: {error}") from error
    for path in sorted(folder.glob("*_left.png")):
        left, right = _read(path), _read(path.with_name(path.name.replace("_left", "_right")))
        height, width = left.shape[:2]
        disparity = _disparity(left, right) + shift
        depth = np.where(disparity > 0.5, focal_px * baseline_m / np.maximum(disparity, 0.5), np.nan)
        x0, y0 = round(valid[0] * width), round(valid[1] * height)
        x1, y1 = round(min(valid[2], 1.0) * width), round(min(valid[3], 1.0) * height)
        inside = (slice(y0, y1), slice(x0, x1))
        yield StereoPhoto(
            path.name.removesuffix("_left.png"), np.ascontiguousarray(left[inside]), depth[inside], focal_px
        )


def _motorcycle(folder: Path) -> StereoPhoto:
    with np.load(folder / "motorcycle_disp.npz") as stored:
        disparity = stored["arr_0"].astype(float)
    known = np.isfinite(disparity)
    spread = np.where(known, disparity, 1.0) + MOTORCYCLE_OFFSET_PX
    depth = np.where(known, MOTORCYCLE_BASELINE_M * MOTORCYCLE_FOCAL_PX / spread, np.nan)
    return StereoPhoto("motorcycle", _read(folder / "motorcycle_left.png"), depth, MOTORCYCLE_FOCAL_PX)


def _read(path: Path) -> Pixels:
    from sd3studio.ml.parsing.picture import read_photo

    return read_photo(path).pixels


def _disparity(left: Pixels, right: Pixels) -> Floats:
    """Disparity (H, W) px of the left photo by semi-global matching, negative where unknown."""
    import cv2

    block = 5
    matcher = cv2.StereoSGBM.create(
        minDisparity=0,
        numDisparities=128,
        blockSize=block,
        P1=8 * block * block,
        P2=32 * block * block,
        disp12MaxDiff=1,
        preFilterCap=63,
        uniquenessRatio=10,
        speckleWindowSize=100,
        speckleRange=2,
        mode=cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    )
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (left, right)]
    return matcher.compute(*grey).astype(float) / 16.0


def _rows(photo: StereoPhoto, detections: Sequence[Detection]) -> Iterator[dict[str, Any]]:
    height, width = photo.pixels.shape[:2]
    segments = find_verticals(photo.pixels)
    given = lift(detections, width, height, photo.focal_mm, segments)
    assumed = lift(detections, width, height, None, segments)
    masks = GrabCutSegmenter().masks(photo.pixels, [d.box for d in detections], [d.label for d in detections])
    for i, detection in enumerate(detections):
        reference = stereo_distance(photo.depth_m, detection, masks[i])
        if reference is None:
            continue
        distance, distance_assumed = _center_depth(given, i), _center_depth(assumed, i)
        yield {
            "photo": photo.name,
            "label": detection.label,
            "score": round(detection.score, 3),
            "stereo_m": round(reference, 3),
            "distance_m": round(distance, 3),
            "distance_assumed_m": round(distance_assumed, 3),
            "relative_error": round(abs(distance / reference - 1.0), 4),
            "relative_error_assumed": round(abs(distance_assumed / reference - 1.0), 4),
            "cut": bool(given.evidence.cut[i].any()),
        }


def _center_depth(lifted: Lifted, index: int) -> float:
    return float(lifted.camera.to_camera(lifted.placed.center[index])[2])


def stereo_distance(depth_m: Floats, detection: Detection, mask: Bools | None) -> float | None:
    """Median depth (m) on the thing's mask, else in the middle of its box; None where too little is known."""
    x0, y0, x1, y1 = (round(v) for v in detection.box)
    chosen = np.zeros(depth_m.shape, bool)
    if mask is not None:
        chosen[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    else:
        x, y = (x1 - x0) // 5, (y1 - y0) // 5
        chosen[y0 + y : y1 - y, x0 + x : x1 - x] = True
    values = depth_m[chosen]
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) >= max(LEAST_PIXELS, LEAST_SHARE * len(values)) else None

"""An ONNX net from `models/`, and pictures in the form that such nets take."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import MODELS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

STRIDE_PX = 32
"""Both nets halve the picture five times: their input sides are multiples of this."""

BUILDERS = {"efficientnet-lite0": "sd3studio.ml.features_build"}
"""The module that makes a folder's weights, where it is not the detectors' converter."""


def open_net(folder: str, threads: int | None = None) -> "InferenceSession":
    """Session on ``models/<folder>/model.onnx``. Raises `MissingModelError` if the file is not there."""
    import onnxruntime

    path = MODELS / folder / "model.onnx"
    if not path.is_file():
        raise MissingModelError(
            f"The weights {path} are not there. Get them with the program, or build them with: "
            f"python -m {BUILDERS.get(folder, 'sd3studio.ml.parsing.tfjs_to_onnx')}"
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A picture scaled to a net's input, mirrored if wanted, and padded at right and bottom.

    `scale` (x, y): pixels of the input per pixel of the picture.
    """

    pixels: Pixels
    scale: tuple[float, float]
    mirrored: bool

    def to_picture(self, boxes: Floats, width: int, height: int) -> Floats:
        """Boxes (D, 4) of the net's input in pixels of the picture, cut at its frame."""
        scaled = boxes / np.array([*self.scale, *self.scale], np.float32)
        if self.mirrored:
            scaled[:, [0, 2]] = width - scaled[:, [2, 0]]
        return np.clip(scaled, 0.0, np.array([width, height, width, height], np.float32))


def fit(pixels: Pixels, long_side_px: int, mirrored: bool = False) -> Fitted:
    """Scale a picture to a long side and pad it with black to multiples of 32; a rectangle costs less than a square."""
    import cv2

    height, width = pixels.shape[:2]
    factor = long_side_px / max(width, height)
    new_width, new_height = max(1, round(width * factor)), max(1, round(height * factor))
    method = cv2.INTER_AREA if factor < 0.5 else cv2.INTER_LINEAR
    scaled = cv2.resize(pixels, (new_width, new_height), interpolation=method)
    full_width, full_height = (-(-side // STRIDE_PX) * STRIDE_PX for side in (new_width, new_height))
    canvas = np.zeros((full_height, full_width, 3), np.uint8)
    canvas[:new_height, :new_width] = scaled[:, ::-1] if mirrored else scaled
    return Fitted(canvas, (new_width / width, new_height / height), mirrored)

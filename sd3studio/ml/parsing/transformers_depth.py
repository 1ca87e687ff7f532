"""Any transformers depth net: distances in metres where the net gives metres, else only what is nearer than what."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.parsing.hub_model import config_of, net_of, processor_of, transformers_library

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

METRIC_TYPES = ("zoedepth", "depth_pro", "glpn", "prompt_depth_anything")
"""Model types whose output is metres by their construction."""


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """What a depth net says of a picture.

    Parameters
    ----------
    values : (H, W) float32; metres along the view axis if `metric`, else inverse depth up to an unknown factor and
        shift: greater is nearer
    metric : whether they are metres
    focal_px : focal length that the net found, or None
    """

    values: Floats
    metric: bool
    focal_px: float | None = None


class DepthNet:
    """A depth net in a folder or of a hub id. Raises `MissingModelError` if it is not there or is no depth net."""

    def __init__(self, name: str) -> None:
        library, config = transformers_library(), config_of(name)
        if type(config) not in library.MODEL_FOR_DEPTH_ESTIMATION_MAPPING:
            raise MissingModelError(
                f"The model {name} ({config.model_type}) is no depth net. Name one, e.g. a Depth Anything."
            )
        self.name = Path(name).name or name
        self.metric = is_metric(config)
        self._net = net_of("AutoModelForDepthEstimation", name)
        self._processor = processor_of("AutoImageProcessor", name)

    def depth(self, pixels: Pixels) -> DepthMap:
        """Depth of a picture ((H, W, 3) uint8 RGB), in its size."""
        import torch

        inputs = self._processor(images=pixels, return_tensors="pt")
        with torch.inference_mode():
            outputs = self._net(**inputs)
        sizes = {"target_sizes": [pixels.shape[:2]]}
        if self._net.config.model_type == "zoedepth":
            sizes["source_sizes"] = sizes["target_sizes"]  # its processor pads, and has to take that off again
        result = self._processor.post_process_depth_estimation(outputs, **sizes)[0]
        focal = result.get("focal_length")
        values = result["predicted_depth"].float().cpu().numpy()
        return DepthMap(values, self.metric, None if focal is None else float(focal))


def is_metric(config: Any) -> bool:
    """Whether a net with this configuration gives metres.

    DPT and the relative Depth Anything give inverse depth without a scale; metric Depth Anything says so in
    ``depth_estimation_type``.
    """
    return config.model_type in METRIC_TYPES or getattr(config, "depth_estimation_type", None) == "metric"


@lru_cache(maxsize=1)
def load_depth(name: str) -> DepthNet:
    """The depth net in a folder or of a hub id, kept loaded. Raises `MissingModelError`."""
    return DepthNet(name)

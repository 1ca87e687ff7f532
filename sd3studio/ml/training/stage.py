"""A stage of training as data: what learns, from which batches, by which losses, for how long.

The paper's four steps are four of them; so is whatever comes before (the image codec that the paper takes ready-made).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.value import Value
from sd3studio.ml.system import PartName

Step = Literal["dgae", "align", "graph", "all"]
"""The paper's steps 1 to 4: graph codec, spatial alignment of the decoders, graph diffusion, all together."""


class Stage(Value):
    """One stage.

    Parameters
    ----------
    name : also the name of its checkpoints and of its lines in the metrics
    step : of the paper's four, the one that it belongs to
    learns : parts that are updated; all others stay as they are
    only : how the names of the weights begin that are updated in these parts; empty: all are
    losses : name in `losses.LOSSES` -> weight
    source : name in `sources.SOURCES`; its `open` gets `source_options`
    data : folder of the data set, below the one of ``--data``; empty: that one itself
    steps : optimiser steps
    batch : samples of a micro-batch
    accumulate : micro-batches of a step; several processes share them out
    lr, warmup, schedule : learning rate after `warmup` steps of linear rise, then constant or a cosine down to 0
    weight_decay, betas : of AdamW; norms, biases and embeddings of one dimension are not decayed
    ema : decay of the running mean of the weights that is kept in the end; 0: the last weights
    clip : largest gradient norm; 0: any
    recompute : whether the nets that can (see `Denoiser`) forget what lies between their blocks until the gradient
    seed : of the order of the data and of all that is drawn
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    step: Step
    learns: Annotated[tuple[PartName, ...], Field(min_length=1)]
    only: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    losses: Annotated[dict[str, Annotated[float, Field(gt=0.0)]], Field(min_length=1)]
    source: str
    source_options: dict[str, Any] = Field(default_factory=dict)
    data: str = ""
    steps: Annotated[int, Field(ge=1, le=100_000_000)]
    batch: Annotated[int, Field(ge=1, le=65_536)] = 16
    accumulate: Annotated[int, Field(ge=1, le=4_096)] = 1
    lr: Annotated[float, Field(gt=0.0, le=1.0)] = 3e-4
    warmup: Annotated[int, Field(ge=0)] = 0
    schedule: Literal["cosine", "constant"] = "cosine"
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.01
    betas: tuple[Annotated[float, Field(ge=0.0, lt=1.0)], Annotated[float, Field(ge=0.0, lt=1.0)]] = (0.9, 0.98)
    ema: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.999
    clip: Annotated[float, Field(ge=0.0)] = 1.0
    recompute: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @model_validator(mode="after")
    def _learns_each_part_once(self) -> Self:
        if len(set(self.learns)) != len(self.learns):
            raise ValueError("learns names a part twice")
        return self

"""Presets of training: what somebody wants, as a request that is ready but for its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sd3studio.core.training.run import FINE_TUNING, Goal, Memory, RunRequest


@dataclass(frozen=True, slots=True)
class Preset:
    """A row of the choice.

    Parameters
    ----------
    title, about : what it is for, in a few words and in a sentence
    goal : see `RunRequest`
    settings : fields of the request
    needs : what its data must have
    """

    title: str
    about: str
    goal: Goal
    settings: Mapping[str, Any]
    needs: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "relations": Preset(
            "Relations", "Reads relations of photos as you corrected them. Minutes on a processor.", "relations",
            {"steps": 20}, "a data set with relations that you asserted, or a VSD file",
        ),
        "sizes": Preset(
            "Sizes of things", "Learns how large your things are, for placing what photos show. Seconds.", "sizes",
            {}, "a data set with sizes that you corrected",
        ),
        "sentences": Preset(
            "Sentences", "SD3 mini's sentences, in the words of your captions.", "sd3",
            {"config": FINE_TUNING, "only": "text_codec"}, "a data set with captions",
        ),
        "pictures": Preset(
            "Pictures", "SD3 mini's pictures, in the looks of your scenes.", "sd3",
            {"config": FINE_TUNING, "only": "image_decoder,image_diffusion"}, "a data set with pictures",
        ),
        "graphs": Preset(
            "Scene graphs", "What SD3 mini adds to a sentence or a photo, as in your scenes.", "sd3",
            {"config": FINE_TUNING, "only": "graph_diffusion"}, "a data set",
        ),
        "all": Preset(
            "All of SD3 mini", "Pictures, sentences and graphs, one after the other.", "sd3",
            {"config": FINE_TUNING}, "a data set with pictures and captions",
        ),
        "whole": Preset(
            "SD3 mini anew", "The four steps from fresh weights. Hours on two cores.", "sd3",
            {"config": "mini"}, "a folder with the data sets pictures/ and graphs/, and vsd/",
        ),
        "lora": Preset(
            "LoRA of Stable Diffusion", "An adapter for a Stable Diffusion folder. Wants a GPU.", "lora",
            {"steps": 500}, "a data set with pictures and captions, and the folder of the pipeline",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a run deals with memory.

    Parameters
    ----------
    title, about : in a few words, and what it does in a sentence
    share : of the configuration's micro-batch
    split : a step is of so many times as many micro-batches, so that it sees the same number of samples
    recompute : whether nets that can forget what lies between their blocks, and compute it again for the gradient
    average : whether the running mean of the weights, a second copy of them, is kept
    """

    title: str
    about: str
    share: float = 1.0
    split: int = 1
    recompute: bool = False
    average: bool = True


MEMORY: Mapping[Memory, MemoryPlan] = MappingProxyType(
    {
        "small": MemoryPlan(
            "Little",
            "A quarter of the batch, four of them in each step: as smooth, slower. Diffusion nets compute again what "
            "they would keep, and no running mean of the weights is kept.",
            share=0.25, split=4, recompute=True, average=False,
        ),
        "usual": MemoryPlan("Usual", "The batch of the configuration, with a running mean of the weights."),
        "large": MemoryPlan(
            "Much", "Twice the batch: smoother steps, and on a GPU hardly slower ones.", share=2.0,
        ),
    }
)  # fmt: skip
"""How much memory a run may use -> what is done about it."""

STEPS_OF_THE_PAPER: Mapping[str, str] = MappingProxyType(
    {
        "all": "All four, in order",
        "dgae": "1  Graph codec (DGAE)",
        "align": "2  Decoders learn to read the graph",
        "graph": "3  Graph diffusion",
    }
)
"""Step of a run from fresh weights -> its title; the fourth, all together, is the last of all in order."""

SETTING_HELP: Mapping[str, str] = MappingProxyType(
    {
        "steps": "Optimiser steps in each stage; epochs of the relation model. More learns more, and may forget more.",
        "learning_rate": "How far each step goes. Too high and the loss runs away; too low and nothing changes.",
        "batch": "Samples looked at together. Larger is smoother, slower and takes more memory.",
        "memory": "How much memory it may take: a smaller batch in more parts is as smooth, and slower.",
        "accumulate": "Batches in each step: a larger step without more memory. Several processes share them out.",
        "average": "Keep the running mean of the weights: steadier results for a second copy in memory.",
        "stage": "Which of the paper's four steps is trained; each goes on from the ones before in --from.",
        "control": "A ControlNet that sees the map of each scene while the adapter learns: it then learns looks, not "
        "places.",
        "seed": "The same seed on the same data gives the same run, to the bit on a processor.",
        "checkpoint_every": "Steps between checkpoints: what a kill costs at most.",
        "keep": "So many of the newest checkpoints are kept; each can be branched from.",
        "keep_every": "Checkpoints of a multiple of so many steps stay for good, to branch from later; 0: none do.",
        "sample_every": "Steps between samples made with the same seeds, to see it learn; 0 makes none by itself.",
        "threads": "Processor threads; leave one core to the window.",
        "rank": "Size of the adapter: more can learn more and is a larger file.",
    }
)
"""Field of `RunRequest` -> what it does, for people."""


def request_of(preset: str, data: str, changes: Mapping[str, Any] | None = None) -> RunRequest:
    """The request of a preset with these data; `changes` are other fields. Raises KeyError, ValidationError."""
    chosen = PRESETS[preset]
    return RunRequest(
        **{"goal": chosen.goal, "title": chosen.title, "data": data, **chosen.settings, **(changes or {})}
    )

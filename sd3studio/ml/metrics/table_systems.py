"""The systems of the paper's table and its ablations, as small changes of one configuration.

The base is the whole method (SD3). Each row says what it leaves out or has otherwise; stages that several rows have in
common (codecs, decoders, marginals, where the diffusions start) are trained once and shared.
"""

from dataclasses import dataclass, field

from sd3studio.ml.diffusion.transition import TransitionKind
from sd3studio.ml.system import SystemConfig
from sd3studio.ml.training.config import TrainConfig

LAST = "together"
"""The stage that every row trains by itself: the paper's step 4."""

NO_GRAPH = {"graph_conditions": False, "image_graph": False}
GRAPH_LOSSES = ("t23d", "i23d", "features_t23d", "features_i23d")
FEATURES = ("features_t23d", "features_i23d")
DUAL = ("duality",)


@dataclass(frozen=True)
class Row:
    """One system.

    Parameters
    ----------
    label : as in the paper
    options : of the system, changed
    without : losses of the last stage that it has not
    fresh : parts that it does not take from the shared training
    again : shared stages that it goes through once more, with its own parts
    transition : of all three diffusions; None: that of the base
    codec_text : whether the text decoder writes; otherwise the diffusion's own tokens are the sentence
    joined : whether the picture decoder joins the graph
    """

    label: str
    options: dict[str, bool] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    transition: TransitionKind | None = None
    codec_text: bool = True
    joined: bool = True

    @property
    def has_graph(self) -> bool:
        """Whether pictures and sentences are made by way of a 3DSG."""
        return bool(self.options.get("graph_conditions", True))


DIFFUSIONS = ("graph_diffusion", "image_diffusion", "text_diffusion")
STARTS = ("text_align", "image_start", "text_start", "graph")

SYSTEMS: dict[str, Row] = {
    "singleton": Row("Singleton (no dual, no 3D)", NO_GRAPH, (*GRAPH_LOSSES, *DUAL), joined=False),
    "singleton_3d": Row("Singleton + 3D", without=(*FEATURES, *DUAL)),
    "vanilla_dual": Row("Vanilla dual (no 3DSG)", NO_GRAPH, GRAPH_LOSSES, joined=False),
    "sd3": Row("SD3"),
    "without_features": Row("SD3 without shared features", without=FEATURES),
    "without_duality": Row("SD3 without the duality term", without=DUAL),
    "without_step_3": Row("SD3 without step 3", fresh=("graph_diffusion",)),
    "without_step_2": Row("SD3 without step 2", codec_text=False, joined=False),
    "without_step_1": Row(
        "SD3 without step 1",
        fresh=("graph_codec", "graph_diffusion"),
        again=("image_align", "text_align", "graph"),
    ),
    "uniform": Row("SD3, uniform transitions", fresh=DIFFUSIONS, again=STARTS, transition="uniform"),
    "absorbing": Row("SD3, absorbing transitions", fresh=DIFFUSIONS, again=STARTS, transition="absorbing"),
}
"""Name -> row, in the order of the paper."""


def config_of(row: Row, base: TrainConfig) -> TrainConfig:
    """The configuration of a row: its system, the stages that it repeats, and the last one."""
    last = next(stage for stage in base.stages if stage.name == LAST)
    losses = {name: weight for name, weight in last.losses.items() if name not in row.without}
    learns = [part for part in last.learns if part != "graph_diffusion" or any(name in losses for name in GRAPH_LOSSES)]
    repeated = tuple(stage for stage in base.stages if stage.name in row.again)
    return base.replace(
        system=_system(row, base.system), stages=(*repeated, last.replace(losses=losses, learns=tuple(learns)))
    )


def _system(row: Row, system: SystemConfig) -> SystemConfig:
    transitions = system.transitions
    if row.transition is not None:
        kind = row.transition
        transitions = {name: one.replace(kind=kind) for name, one in transitions.items()}
    return system.replace(options=system.options | row.options, transitions=transitions)

"""What a stage's weights are worth on the development part of the data, told with each sample while it learns.

The data set's ``dev`` beside the ``train`` that is learnt from; the same scenes and draws each time, a few of each, so
the numbers are rough: they show a trend. Final scores with intervals are those of `goals.scoring`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch

from sd3studio.core.errors import StudioError
from sd3studio.ml.system import System
from sd3studio.ml.training.data.shards import INDEX, SPLITS, Dataset
from sd3studio.ml.training.losses import loss_named
from sd3studio.ml.training.order import generator_of
from sd3studio.ml.training.sources import open_source
from sd3studio.ml.training.stage import Stage

if TYPE_CHECKING:
    from sd3studio.ml.training.sources import Source

SCENES, SENTENCES, PICTURES, SAMPLES = 12, 16, 3, 8
STEPS, GUIDANCE = 8, 2.0


class DevScores:
    """The scores of a stage; the development part is read when they are first asked for.

    Parameters
    ----------
    data : what the stage learns from; without a ``dev`` beside it there are no scores
    """

    def __init__(self, system: System, stage: Stage, data: Path) -> None:
        self.system, self.stage = system, stage
        dev = data.parent / SPLITS[1]
        self.folder = dev if data.name == SPLITS[0] and (dev / INDEX).is_file() else None
        self._source: Source | None = None

    @torch.no_grad()
    def now(self) -> dict[str, float]:
        """Name -> value; a score that can't be had from these data is left out."""
        if self.folder is None or not _on_processor(self.system, self.stage):
            return {}
        told: dict[str, float] = {}
        for part, score in SCORES.items():
            if part in ("", *self.stage.learns):
                try:
                    told |= score(self)
                except StudioError:  # of these scenes there is nothing to be scored by
                    continue
        return told

    def source(self) -> "Source":
        """Batches of the development part, as the stage reads them."""
        if self._source is None:
            assert self.folder is not None
            self._source = open_source(self.stage.source, self.folder, self.system, **self.stage.source_options)
        return self._source


def _on_processor(system: System, stage: Stage) -> bool:
    return next(system.parts[stage.learns[0]].parameters()).device.type == "cpu"


def _losses(scores: DevScores) -> dict[str, float]:
    """The stage's own losses."""
    source, stage = scores.source(), scores.stage
    if not len(source):
        return {}
    numbers = [k % len(source) for k in range(stage.batch)]
    batch = source.batch(numbers, generator_of("dev", stage.seed))
    return {
        name.replace("_", " "): float(loss_named(name)(scores.system, batch, generator_of("dev", stage.seed, name)))
        for name in stage.losses
    }


def _trirec(scores: DevScores) -> dict[str, float]:
    """Share of the gold triples in what descriptions are completed to (`metrics.graph`)."""
    from sd3studio.ml.metrics import graph

    assert scores.folder is not None
    records = [record for record in Dataset(scores.folder).records() if record.sentences][:SCENES]
    if not records:
        return {}
    sources = graph.sources_of(records, "tsg", graph.SENTENCES, True)
    finished = graph.completed_graphs(scores.system, records, sources, None, scores.stage.seed)
    return {"TriRec, %": graph.scored(records, sources, finished, scores.system.vocabulary.bins)["trirec"]}


def _said(scores: DevScores) -> dict[str, float]:
    """Share of sentences in which the relation that was to be said is read."""
    from sd3studio.ml.metrics.sentences import GoldTriple, linked
    from sd3studio.ml.parsing.english import parse_many_english
    from sd3studio.ml.text_path import write
    from sd3studio.ml.training.sources.texts import TextSource

    source = scores.source()
    texts = [one for one in source.texts if one.graph.triples] if isinstance(source, TextSource) else []
    texts = texts[:: max(1, len(texts) // SENTENCES)][:SENTENCES]
    if not texts:
        return {}
    graphs = [one.graph for one in texts]
    styles = [one.style for one in texts]
    told = write(graphs, scores.system, seed=scores.stage.seed, styles=styles, samples=SAMPLES)
    read = parse_many_english([one.sentences[0] if one.sentences else "." for one in told])
    wanted = [GoldTriple(s=s, p=p, o=o) for s, p, o in (graph.named()[0] for graph in graphs)]
    right = [gold.p in set(linked(found, gold)) for found, gold in zip(read, wanted, strict=True)]
    return {"relations said, %": 100.0 * sum(right) / len(right)}


def _seen(scores: DevScores) -> dict[str, float]:
    """What the detectors find in a few pictures: objects, and relations among those at their place."""
    from sd3studio.ml.image_path import PARTS, sample_picture
    from sd3studio.ml.metrics.image import compare
    from sd3studio.ml.metrics.views import views_of

    assert scores.folder is not None
    if any(part not in scores.system.parts for part in PARTS):
        return {}
    pairs = []
    for view in views_of(scores.folder, limit=PICTURES):
        height, width = view.true.shape[:2]
        *_, last = sample_picture(
            view.scene, "", scores.stage.seed, STEPS, GUIDANCE, width, height, scores.system, previews=False
        )
        pairs.append((view, last.pixels))
    found = compare(pairs) if pairs else {}
    names = {"object_recall": "objects found, %", "relation_accuracy": "relations seen, %"}
    return {title: 100.0 * found[name] for name, title in names.items() if isinstance(found.get(name), float)}


SCORES: Mapping[str, Callable[[DevScores], dict[str, float]]] = MappingProxyType(
    {"": _losses, "graph_diffusion": _trirec, "text_codec": _said, "image_diffusion": _seen}
)
"""The part that learns -> what is scored; "": whichever it is."""

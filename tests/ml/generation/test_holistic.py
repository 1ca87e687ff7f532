"""From a detector's or a description's graph to the whole 3D graph with its triples."""

import numpy as np
import torch
from tiny_graphs import record, tiny_system, vocabulary

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.photo_boxes import photo_boxes
from sd3studio.ml.conditioning.photo_proposals import proposed
from sd3studio.ml.diffusion.sampler import SamplerConfig
from sd3studio.ml.generation.graph_reading import ToRead, read_relations
from sd3studio.ml.generation.holistic import whole_graphs
from sd3studio.ml.metrics.graph import description_of
from sd3studio.ml.nets.photo_reader import NOTHING
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

QUICK = SamplerConfig(kind="confident", steps=2)


def chances(**likely: float) -> np.ndarray:
    """Probabilities of words; those not named are impossible."""
    found = np.zeros(vocabulary().things_end)
    for tag, chance in likely.items():
        kinds = [kind for kind, text in vocabulary().words if text == tag.replace("_", " ")]
        found[vocabulary().number(kinds[0], tag.replace("_", " "))] = chance
    return found


def seen(*tags: str) -> SceneGraph:
    boxes = [(10.0 * k, 20.0, 10.0 * k + 8.0, 40.0) for k in range(len(tags))]
    return SceneGraph(
        source="vsg",
        objects=tuple(GraphObject(key=f"k{k}", tag=tag, box=boxes[k], score=0.9) for k, tag in enumerate(tags)),
    )


def test_a_photo_proposes_setting_names_and_missed_things():
    named = np.stack([chances(chair=0.9), chances(stool=0.2, cup=0.7)])
    shown = chances(floor=0.8, carpet=0.3, wall=0.9, kitchen=0.6, lamp=0.5, chair=0.9, oven=0.1)
    found = proposed(seen("chair", "stool"), shown, named, (0, 1), vocabulary())
    assert [thing.tag for thing in found.graph.objects] == ["chair", "cup", "wall", "floor", "kitchen", "lamp"]
    assert found.others[1] == (("stool", 0.2),) and found.others[3] == (("carpet", 0.3),)
    assert found.sure == (0.9, 0.7, 0.9, 0.8, 0.6, 0.5)


def test_told_triples_are_sure_and_doubtful_names_are_read_both_ways():
    reader = tiny_system().parts["graph_relations"]
    graph = SceneGraph(
        source="tsg",
        objects=(GraphObject(tag="cup"), GraphObject(tag="table"), GraphObject(tag="sand", kind="stuff")),
        triples=((0, Predicate.ON, 1),),
    )
    to_read = ToRead(graph, (1.0, 1.0, 0.5), (False,) * 3, None, {2: (("beach", 0.25),)})
    stated = read_relations(reader, [to_read], vocabulary(), least=1e-4)[0]
    told = next(one for one in stated if one.by_names == ("cup", "on", "table"))
    assert told.telling == told.holding == 1.0
    by_names = {one.by_names: one for one in stated}
    assert by_names["cup", "on", "sand"].telling <= 0.5 and by_names["cup", "on", "beach"].telling <= 0.25
    assert all(one.subject != one.object for one in stated)


def test_the_whole_graph_keeps_what_is_told_and_what_is_seen():
    system, generator = tiny_system(), torch.Generator().manual_seed(0)
    told = description_of(record(1), 3, setting=False)
    one = whole_graphs(system, [told], generator, QUICK)[0]
    assert {("3dsg", True)} == {(one.graph.source, bool(one.stated))}
    assert set(told.named()) <= {some.by_names for some in one.stated if some.telling == 1.0}
    view = record(1).detected
    size = [(64.0, 64.0)]
    blind = whole_graphs(system, [view], generator, QUICK, picture_px=size)[0]
    grids = np.random.default_rng(0).normal(size=(1, 49, 1280)).astype(np.float32)
    looking = whole_graphs(system, [view], generator, QUICK, picture_px=size, grids=grids)[0]
    for found in (blind, looking):
        kept = [k for k in found.of_source if k is not None]
        assert len(kept) == min(len(view.objects), 10) and any(t.kind == "concept" for t in found.graph.objects)
        assert all(
            found.graph.objects[n].box == view.objects[k].box for n, k in enumerate(found.of_source) if k is not None
        )


def test_boxes_cover_their_cells_and_padding_holds_nothing():
    boxes = photo_boxes([seen("chair", "cup").objects, ()], vocabulary(), [(64.0, 64.0)] * 2)
    assert boxes.mask.tolist() == [[True, True], [False, False]]
    assert torch.allclose(boxes.share.sum(-1), boxes.mask.float(), atol=1e-5)
    assert boxes.tag[1].tolist() == [NOTHING, NOTHING]

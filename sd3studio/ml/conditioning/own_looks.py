"""How meshes look that nobody painted: a prior for the tokens of things of which no other look is said.

Ours. The diffusion is told a thing's word, not its mesh: asked for a bus of no colour, it gives the likeliest colour of
buses. The codec remembers how often each mesh had which token where the data left it as it is.
"""

import torch
from torch import Tensor

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.language.colours import COLOURS
from sd3studio.core.scene.values import Scene
from sd3studio.ml.conditioning.layout_map import Slots
from sd3studio.ml.conditioning.prompt_looks import MATERIALS
from sd3studio.ml.nets.object_codec import ObjectCodec

LEAST_SEEN = 3
"""Times that a mesh must have been seen."""
SMOOTHING = 0.3
"""Added to each count."""


def looks_as_it_is(scene: Scene, key: str) -> bool:
    """Whether a thing of the scene has a mesh of the catalogue, no tint, and no colour or material but the mesh's."""
    thing = scene.objects.get(key)
    entry = shipped_catalogue().get(thing.mesh) if thing is not None else None
    if thing is None or entry is None or thing.colour is not None:
        return False
    said = {word for word in thing.attributes if word in COLOURS or word in MATERIALS}
    return said <= set(entry.attributes)


def own_look_prior(scene: Scene, slots: Slots, codec: ObjectCodec) -> Tensor | None:
    """(1, S, fields, levels) log-probabilities to add to those of a picture's tokens; None where nothing is known.

    Zeros for the light, for stuff, and for things that are to look otherwise.
    """
    if codec.look_counts is None:
        return None
    prior = torch.zeros(1, len(slots), codec.fields, codec.levels)
    for place, (key, mesh) in enumerate(zip(slots.keys, slots.meshes, strict=True)):
        counts = codec.look_counts[codec.mesh_row(mesh)] if codec.mesh_row(mesh) else None
        if counts is not None and float(counts[0].sum()) >= LEAST_SEEN and looks_as_it_is(scene, key):
            share = counts + SMOOTHING
            prior[0, place] = (share / share.sum(-1, keepdim=True)).log()
    return prior

"""Losses by name, one file a modality. A loss reads the parts it needs from the system and gives a scalar.

It makes no choice of device and opens no file. All it draws comes from the generator; steps of a diffusion come from
``system.steps[modality]``, and it tells ``system.record(modality, index, losses)`` what came of them. Parts that don't
learn in a stage have ``requires_grad`` off.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from sd3studio.ml.named import chosen
from sd3studio.ml.system import System

Batch = dict[str, Tensor]
Loss = Callable[[System, Batch, torch.Generator], Tensor]

LOSSES: dict[str, str] = {
    "dgae": "sd3studio.ml.training.losses.graph:dgae",
    "graph_vlb_text": "sd3studio.ml.training.losses.graph:graph_vlb_text",
    "graph_vlb_image": "sd3studio.ml.training.losses.graph:graph_vlb_image",
    "graph_relations": "sd3studio.ml.training.losses.graph:graph_relations",
    "photo_reading": "sd3studio.ml.training.losses.photo:photo_reading",
    "align_text": "sd3studio.ml.training.losses.graph:align_text",
    "align_image": "sd3studio.ml.training.losses.graph:align_image",
    "image_codec": "sd3studio.ml.training.losses.image:image_codec",
    "image_decoder": "sd3studio.ml.training.losses.image:image_decoder",
    "image_textures": "sd3studio.ml.training.losses.image:image_textures",
    "image_vlb": "sd3studio.ml.training.losses.image:image_vlb",
    "image_prior": "sd3studio.ml.training.losses.image:image_prior",
    "text_decoder": "sd3studio.ml.training.losses.text:text_decoder",
    "text_decoder_drafted": "sd3studio.ml.training.losses.text:text_decoder_drafted",
    "text_vlb": "sd3studio.ml.training.losses.text:text_vlb",
    "text_prior": "sd3studio.ml.training.losses.text:text_prior",
    "image_align": "sd3studio.ml.training.losses.together:image_align",
    "text_align": "sd3studio.ml.training.losses.together:text_align",
    "st2i": "sd3studio.ml.training.losses.together:st2i",
    "si2t": "sd3studio.ml.training.losses.together:si2t",
    "st2i_alone": "sd3studio.ml.training.losses.together:st2i_alone",
    "si2t_alone": "sd3studio.ml.training.losses.together:si2t_alone",
    "t23d": "sd3studio.ml.training.losses.together:t23d",
    "i23d": "sd3studio.ml.training.losses.together:i23d",
    "features_t23d": "sd3studio.ml.training.losses.together:features_t23d",
    "features_i23d": "sd3studio.ml.training.losses.together:features_i23d",
    "duality": "sd3studio.ml.training.losses.dual:duality",
    "pair_image": "sd3studio.ml.training.losses.pairs:pair_image",
    "pair_text": "sd3studio.ml.training.losses.pairs:pair_text",
    "pair_duality": "sd3studio.ml.training.losses.pairs:pair_duality",
}
"""Name -> ``"module:function"``."""


def loss_named(name: str) -> Loss:
    """A loss, imported now; raises `InputError` for an unknown name."""
    return chosen(LOSSES, name, "loss")

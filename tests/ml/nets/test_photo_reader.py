"""The photo reader learns what a few photos show and what their boxes hold, and trusts the detector at first."""

import numpy as np
import torch
from tiny_graphs import records, tiny_system, vocabulary

from sd3studio.ml.nets.photo_reader import NOTHING
from sd3studio.ml.training.losses.photo import photo_reading
from sd3studio.ml.training.sources.photos import PhotoSource, boxed, shown_words


def source(count: int = 4) -> PhotoSource:
    grids = np.random.default_rng(0).normal(size=(count, 49, 1280)).astype(np.float16)
    return PhotoSource(records(count), grids, vocabulary())


def test_a_batch_says_what_is_shown_and_what_each_box_holds():
    made = source().batch([0, 2], torch.Generator())
    for row, one in enumerate((records(4)[0], records(4)[2])):
        assert set(made["shown"][row].nonzero().flatten().tolist()) == shown_words(one, vocabulary())
        names = {thing.key: thing.tag for thing in one.gold.objects}
        for k, thing in enumerate(boxed(one.detected)):
            held = vocabulary().words[int(made["held"][row, k])][1]
            assert held == names.get(thing.key, "")
    assert (made["held"][~made["boxes_mask"]] == NOTHING).all()


def test_it_learns_a_few_photos():
    system = tiny_system()
    reader = system.parts["photo_reader"]
    batch, generator = source().batch(range(4), torch.Generator()), torch.Generator()
    parts = [batch[f"boxes_{part}"] for part in ("tag", "box", "share", "mask")]
    named = reader(batch["photo"], *parts)[1]
    assert (named.argmax(-1) == batch["boxes_tag"])[batch["boxes_mask"]].float().mean() > 0.8
    optimiser = torch.optim.Adam(reader.train().parameters(), lr=5e-3)
    losses = []
    for _ in range(60):
        loss = photo_reading(system, batch, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]

"""Which picture codec? `python tests/benchmarks/picture_codecs.py DATA HELDOUT [--seconds S] [--limit N]`.

Three designs learn from the same pictures (256 px) in the same order for the same processor time: first the codec, then
a diffusion over its tokens, S seconds each. Both are joined with the shipped graph codec; nets of the diffusion have
one width and depth.

- *tokens per thing*: `ObjectCodec`, what SD3 mini ships: six tokens for the light and for each thing in sight; the
  decoder reads the renderer's depth, normals and ids
- *grid of 32 x 32*: `GridCodec` at 256 px, the size of the paper's VQ-GAN; no maps
- *grid of 8 x 8*: `GridCodec` at 64 px, enlarged for the comparison

Printed are how near held-out pictures come through the codec (PSNR, SSIM), and of pictures drawn from tokens given the
graph and the words: objects that the detectors find of those in the true render, relations among them, layout IoU and
the Frechet distance of features.
"""

import argparse
import itertools
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

CODEC_BATCH, DIFFUSION_BATCH = 8, 16
RATES = {"image_codec": 2e-3, "image_diffusion": 1e-3}
LOSSES = {"image_codec": "image_codec", "image_diffusion": "image_vlb"}
STEPS, GUIDANCE = 12, 7.0
GRAPH_WIDTH = 128
COLUMNS = ("tokens", "steps", "PSNR dB", "SSIM", "found %", "relations", "layout IoU", "Frechet")


def main() -> None:
    import torch

    from sd3studio.ml.libraries import prepare_libraries

    options = argparse.ArgumentParser()
    options.add_argument("data", type=Path)
    options.add_argument("heldout", type=Path)
    options.add_argument("--seconds", type=float, default=240.0)
    options.add_argument("--limit", type=int, default=64)
    given = options.parse_args()
    prepare_libraries()
    torch.set_num_threads(1)
    print(f"{given.seconds:.0f} s of processor for each codec, as many for each diffusion")
    print(f"{'':20}" + "".join(f"{name:>14}" for name in COLUMNS), flush=True)
    for title, system in designs():
        counts = [trained(system, part, given.data, given.seconds) for part in ("image_codec", "image_diffusion")]
        figures = judged(system, given.heldout, given.limit)
        cells = [f"{counts[0]} + {counts[1]}", *figures[1:]]
        print(f"{title:20}{figures[0]:>14}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def designs():
    """Title -> a system with fresh picture nets and the shipped graph codec."""
    from sd3studio.ml.shipped import mini
    from sd3studio.ml.system import PartConfig, System

    shipped = mini("graph_codec")
    denoiser = {"fields": 6, "width": 160, "depth": 5, "heads": 5, "condition_width": GRAPH_WIDTH, "second_width": 384}
    choices = {
        "tokens per thing": (
            PartConfig(kind="ObjectCodec", settings={"graph_width": GRAPH_WIDTH}),
            {"layout_width": 788},
        ),
        "grid of 32 x 32": (_grid(256), {"positions": [32, 32]}),
        "grid of 8 x 8": (_grid(64), {"positions": [8, 8]}),
    }
    for title, (codec, more) in choices.items():
        parts = {
            "graph_codec": shipped.config.parts["graph_codec"],
            "image_codec": codec,
            "image_diffusion": PartConfig(kind="Denoiser", settings=denoiser | more),
        }
        config = shipped.config.replace(
            parts=parts, transitions={"image": shipped.config.transitions["image"]}, vocabulary="graph_vocabulary.json"
        )
        system = System.build(config, 0)
        system.parts["graph_codec"] = shipped.parts["graph_codec"]
        yield title, system


def _grid(size_px: int):
    from sd3studio.ml.system import PartConfig

    return PartConfig(kind="GridCodec", settings={"size_px": size_px, "width": 96, "graph_width": GRAPH_WIDTH})


def trained(system, part: str, data: Path, seconds: float) -> int:
    """Train one net for so much processor time; how many steps that were."""
    import torch

    from sd3studio.ml.training.losses import loss_named
    from sd3studio.ml.training.order import generator_of, sample_numbers

    codec = part == "image_codec"
    source = _source(data, system, told=not codec)
    size = CODEC_BATCH if codec else DIFFUSION_BATCH
    for name, net in system.parts.items():
        net.requires_grad_(name == part).train(name == part)
    net, loss = system.parts[part], loss_named(LOSSES[part])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATES[part])
    begun = time.process_time()
    for step in itertools.count(1):
        batch = source.batch(sample_numbers(len(source), 0, step - 1, size), generator_of(part, 0, step))
        optimiser.zero_grad()
        loss(system, batch, generator_of(part, 1, step)).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        system.take_recorded()
        if time.process_time() - begun >= seconds:
            net.eval()
            return step
    raise AssertionError


def _source(data: Path, system, told: bool):
    from sd3studio.ml.training.sources.pictures import PictureSource

    return PictureSource.open(data, system, words=told, graphs=told)


def judged(system, heldout: Path, limit: int) -> list[str]:
    """Tokens a picture, and all figures of `COLUMNS` from the third on."""
    import torch
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    from sd3studio.ml.diffusion.sampler import finish
    from sd3studio.ml.image_path import sample_tokens
    from sd3studio.ml.metrics.image import compare
    from sd3studio.ml.metrics.views import views_of
    from sd3studio.ml.training.losses.image import graph_condition
    from sd3studio.ml.training.order import generator_of

    codec, source = system.parts["image_codec"], _source(heldout, system, told=True)
    near, alike, counts, pairs = [], [], [], []
    for k, view in enumerate(views_of(heldout, None, limit)):
        batch = source.batch([k], generator_of("judged", k))
        with torch.no_grad():
            rebuilt = _pixels(codec.rebuild(source.pictures([k]))[0], view.true.shape)
            *_, last = sample_tokens(system, batch, generator_of("drawn", k), STEPS, GUIDANCE)
            drawn = _pixels(codec.decode(finish(iter([last])), batch, *graph_condition(system, batch)), view.true.shape)
        counts.append(int(codec.token_mask(batch).sum()) * codec.fields)
        near.append(peak_signal_noise_ratio(view.true, rebuilt))
        alike.append(structural_similarity(view.true, rebuilt, channel_axis=2))
        pairs.append((view, drawn))
    report = compare(pairs)
    return [
        f"{np.mean(counts):.0f}",
        f"{np.mean(near):.1f}",
        f"{np.mean(alike):.3f}",
        f"{100 * report['object_recall']:.1f}",
        f"{report['relation_accuracy']:.3f}" if report["relation_accuracy"] is not None else "-",
        f"{report['layout_iou']:.3f}" if report["layout_iou"] is not None else "-",
        f"{report['frechet']:.0f}",
    ]


def _pixels(made, shape) -> np.ndarray:
    """(1, 3, h, w) in [0, 1] as uint8 of the true picture's shape."""
    from torch.nn import functional

    if made.shape[-2:] != shape[:2]:
        made = functional.interpolate(made, shape[:2], mode="bicubic", antialias=True)
    return (made[0].clamp(0.0, 1.0) * 255.0).round().byte().permute(1, 2, 0).numpy()


if __name__ == "__main__":
    main()

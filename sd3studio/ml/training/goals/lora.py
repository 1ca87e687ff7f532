"""A LoRA of a Stable Diffusion folder from the user's own scenes: their pictures, and captions from the graph.

The adapter is peft's, on the attention of the U-Net; the loss is the squared error of the predicted noise (Ho et al.
2020), with the noise schedule of the folder. The data are a data set of own scenes with maps. With a ControlNet the
U-Net is steered by the scene's control map while the adapter learns, as it is when a picture is made: what stands where
is told by the map, so the adapter learns looks. Each step's draws follow from the seed and its number, so a resumed run
gives the same numbers as one that was not stopped.
"""

import math
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError, InputError, JobError, MissingModelError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Note
from sd3studio.core.training.messages import SAVE_NOW, STOP, Planned, Saved, StageDone, StepDone, TrainMessage
from sd3studio.core.training.presets import MEMORY
from sd3studio.core.training.run import RunRequest
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.training.checkpoints import Checkpoint, Checkpoints
from sd3studio.ml.training.data.shards import Dataset, learnt_part
from sd3studio.ml.training.goals.card import card
from sd3studio.ml.training.metrics_log import MetricsLog
from sd3studio.ml.training.order import generator_of, sample_numbers

STEPS, RATE = 500, 1e-4
BATCHES = {"small": 1, "usual": 1, "large": 4}
"""Pictures of a step by the memory that may be used; with little the U-Net computes again what it would keep."""
TARGETS = ("to_q", "to_k", "to_v", "to_out.0")
STAGE = "lora"


def run(request: RunRequest, folder: Path) -> Generator[TrainMessage, str | None, None]:
    """Train the adapter and keep it as diffusers writes LoRA weights.

    Raises `MissingModelError` for a folder that is no Stable Diffusion pipeline or without peft, `DataError` without
    pictures.
    """
    yield Planned({STAGE: request.steps or STEPS})
    prepare_libraries()
    pictures, captions, maps = _data(request)
    yield Note(f"{len(pictures)} pictures; loading {request.model}")
    import torch
    from torch.nn import functional as F  # noqa: N812

    pipeline = _pipeline(request)
    unet = pipeline.unet
    device = "cuda" if torch.cuda.is_available() else "cpu"
    pipeline.to(device)
    weights = {name: value for name, value in unet.named_parameters() if value.requires_grad}
    optimiser = torch.optim.AdamW(weights.values(), lr=request.learning_rate or RATE, weight_decay=0.01)
    latents, texts = _encoded(pipeline, pictures, captions, device)
    steer = _steering(request, unet, maps, device)
    checkpoints = Checkpoints(folder / "work" / "checkpoints" / STAGE, request.keep, keep_every=request.keep_every)
    log, total, batch = MetricsLog(folder / "work"), request.steps or STEPS, request.batch or BATCHES[request.memory]
    first = 1
    found, sentences = checkpoints.newest()
    yield from (Note(sentence) for sentence in sentences)
    if found is not None:
        _restore(found, weights, optimiser)
        first = found.step + 1
        yield Note(f"The LoRA goes on after step {found.step}.")
    (folder / "work").mkdir(parents=True, exist_ok=True)
    log.rewind(STAGE, first - 1)
    schedule = pipeline.scheduler
    unet.train()
    for step in range(first, total + 1):
        begun = time.perf_counter()
        numbers = sample_numbers(len(latents), request.seed or 0, step - 1, batch)
        draws = generator_of("lora", request.seed or 0, step)
        clean = torch.stack([latents[k] for k in numbers])
        noise = torch.randn(clean.shape, generator=draws).to(device)
        t = torch.randint(schedule.config.num_train_timesteps, (len(clean),), generator=draws).to(device)
        noisy = schedule.add_noise(clean, noise, t)
        said = torch.stack([texts[k] for k in numbers])
        guess = unet(noisy, t, encoder_hidden_states=said, **steer(numbers, noisy, t, said)).sample
        wanted = schedule.get_velocity(clean, noise, t) if schedule.config.prediction_type == "v_prediction" else noise
        loss = F.mse_loss(guess.float(), wanted.float())
        if not math.isfinite(float(loss.detach())):
            kept = checkpoints.steps()
            raise JobError(f"The loss became {float(loss)} at step {step}. Kept checkpoints: {kept or 'none'}.")
        optimiser.zero_grad()
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0))
        optimiser.step()
        value, rate = float(loss.detach()), optimiser.param_groups[0]["lr"]
        per_s = batch / (time.perf_counter() - begun)
        message = StepDone(STAGE, step, total, value, {"noise": value}, rate, norm, per_s, 0.0)
        names = ("stage", "step", "loss", "losses", "lr", "gradient_norm", "samples_per_s")
        log.add({name: getattr(message, name) for name in names})
        order = yield message
        stop = order == STOP and step < total
        if stop or order == SAVE_NOW or step % request.checkpoint_every == 0 or step == total:
            yield Saved(STAGE, step, checkpoints.save(_checkpoint(step, weights, optimiser)))
        if stop:
            return
    _put_result(request, folder, unet)
    yield StageDone(STAGE, total, folder / "result")


def _data(request: RunRequest) -> tuple[list[Any], list[str], list[Any]]:
    """(H, W, 3) pictures, a caption each, and if a ControlNet is named a control picture each. Raises `DataError`."""
    folder = learnt_part(Path(request.data))
    data = Dataset(folder)
    if not data.index.recipe.settings.maps:
        raise DataError(f"The data set {folder} has no pictures. Make it with maps.")
    names = ("rgb", *((request.control_map,) if request.control else ()))
    found = [(s.maps["rgb"].copy(), s.record.sentences[0].caption.text, _control_picture(request, s.maps))
             for s in data.samples(names) if s.record.sentences]  # fmt: skip
    if not found:
        raise DataError(f"The data set {folder} has no picture with a caption.")
    pictures, captions, maps = zip(*found, strict=True)
    return list(pictures), list(captions), [one for one in maps if one is not None]


def _control_picture(request: RunRequest, maps: Any) -> Any:
    """(H, W, 3) what a ControlNet of this kind reads, from the maps of a sample; None if there is none."""
    import numpy as np

    from sd3studio.ml.generation.diffusers_controls import normal_picture
    from sd3studio.render.map_files import depth_control

    if not request.control:
        return None
    if request.control_map == "normal":
        return normal_picture(maps["normal"].astype(np.float32) / 127.0)
    return np.repeat(depth_control(maps["depth"].astype(np.float32), None, None)[..., None], 3, axis=-1)


def _steering(request: RunRequest, unet: Any, maps: list[Any], device: str) -> Callable[..., dict[str, Any]]:
    """Gives for a batch what the ControlNet adds to the U-Net; nothing if none is named. It does not learn itself."""
    if not request.control:
        return lambda numbers, noisy, t, said: {}
    import numpy as np
    import torch

    from sd3studio.ml.generation.diffusers_folders import find_controlnet
    from sd3studio.ml.generation.diffusers_loading import load_controlnet

    net = load_controlnet(find_controlnet(request.control), unet.config.cross_attention_dim, torch.float32, device)
    net.requires_grad_(False)
    pictures = [torch.from_numpy(np.ascontiguousarray(one)).permute(2, 0, 1).float() / 255.0 for one in maps]

    def steer(numbers: Sequence[int], noisy: Any, t: Any, said: Any) -> dict[str, Any]:
        shown = torch.stack([pictures[k] for k in numbers]).to(device)
        with torch.no_grad():
            down, middle = net(noisy, t, encoder_hidden_states=said, controlnet_cond=shown, return_dict=False)
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}

    return steer


def _pipeline(request: RunRequest) -> Any:
    """The pipeline with a fresh adapter, everything else frozen."""
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise MissingModelError("LoRA needs the package peft: pip install 'sd3studio[lora]'.") from error
    import torch
    from diffusers import StableDiffusionPipeline

    where = Path(request.model)
    if not (where / "model_index.json").is_file():
        raise MissingModelError(f"{where} is no Stable Diffusion folder: it has no model_index.json.")
    try:
        with quiet():
            pipeline = StableDiffusionPipeline.from_pretrained(
                where, local_files_only=True, use_safetensors=True, safety_checker=None, requires_safety_checker=False
            )
    except (OSError, ValueError) as error:
        raise MissingModelError(f"The Stable Diffusion folder {where} can't be loaded: {error}") from error
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
        part.requires_grad_(False)
    config = LoraConfig(r=request.rank, lora_alpha=request.rank, init_lora_weights="gaussian", target_modules=TARGETS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(request.seed or 0)
        pipeline.unet.add_adapter(config)
    if MEMORY[request.memory].recompute:
        pipeline.unet.enable_gradient_checkpointing()
    return pipeline


def _encoded(pipeline: Any, pictures: list[Any], captions: list[str], device: str) -> tuple[list[Any], list[Any]]:
    """Latents (C, h, w) and text states (L, D) of every picture: neither encoder learns, so once is enough."""
    import numpy as np
    import torch

    latents, texts = [], []
    with torch.no_grad():
        for picture, caption in zip(pictures, captions, strict=True):
            pixels = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1.0
            mean = pipeline.vae.encode(pixels.to(device)).latent_dist.mean[0] * pipeline.vae.config.scaling_factor
            tokens = pipeline.tokenizer(
                caption, padding="max_length", max_length=pipeline.tokenizer.model_max_length, truncation=True,
                return_tensors="pt",
            ).input_ids  # fmt: skip
            latents.append(mean)
            texts.append(pipeline.text_encoder(tokens.to(device))[0][0])
    return latents, texts


def _checkpoint(step: int, weights: dict[str, Any], optimiser: Any) -> Checkpoint:
    state = optimiser.state_dict()["state"]
    moments = {f"{k}.{name}": value for k, one in state.items() for name, value in one.items()}
    plain = {name: value.detach() for name, value in weights.items()}
    return Checkpoint(step, {"weights": plain, "mean": {}, "optimizer": moments, "draws": {}}, {})


def _restore(found: Checkpoint, weights: dict[str, Any], optimiser: Any) -> None:
    import torch

    if set(found.tensors["weights"]) != set(weights):
        raise InputError("The checkpoint is of a LoRA of another pipeline or rank. Begin again in a new run.")
    with torch.no_grad():
        for name, value in weights.items():
            value.copy_(found.tensors["weights"][name])
    state = optimiser.state_dict()
    state["state"] = {}
    for key, value in found.tensors["optimizer"].items():
        number, _, name = key.partition(".")
        state["state"].setdefault(int(number), {})[name] = value
    optimiser.load_state_dict(state)


def _put_result(request: RunRequest, folder: Path, unet: Any) -> None:
    from diffusers import StableDiffusionPipeline
    from peft.utils import get_peft_model_state_dict

    result = folder / "result"
    result.mkdir(parents=True, exist_ok=True)
    layers = get_peft_model_state_dict(unet)
    with quiet():
        StableDiffusionPipeline.save_lora_weights(result, unet_lora_layers=layers, safe_serialization=True)
    text = f"Rank {request.rank} on {', '.join(TARGETS)} of the U-Net of {request.model}."
    if request.control:
        text += f" Steered by {request.control_map} maps through {request.control} while it learnt."
    write_atomic(result / "README.md", card(request, {"Adapter": text}).encode())

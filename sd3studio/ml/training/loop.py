"""The training loop: one for all stages, on one process or several, with exact resume on a CPU.

A step is `accumulate` micro-batches. Which samples each has and all that is drawn for it follows from the stage's seed
and the micro-batch's number, so a step that was cut short is simply done again. Several processes (``accelerate
launch``) share the micro-batches of a step out and add their gradients up, and so see the losses that one would.
"""

import math
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sd3studio.core.errors import DataError, InputError, JobError
from sd3studio.core.messages import Note
from sd3studio.core.training.messages import (
    SAMPLE_NOW,
    SAVE_NOW,
    STOP,
    Sampled,
    Saved,
    StageDone,
    StepDone,
    TrainMessage,
)
from sd3studio.ml.nets.known_meshes import knowing
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.system import PartConfig, System, part_class
from sd3studio.ml.training.averaging import RunningMean, put_weights
from sd3studio.ml.training.config import TrainConfig
from sd3studio.ml.training.dev_scores import DevScores
from sd3studio.ml.training.losses import loss_named
from sd3studio.ml.training.order import generator_of, sample_numbers, seed_of
from sd3studio.ml.training.run_folder import RunFolder, working_in
from sd3studio.ml.training.showing import picture_sample, text_sample
from sd3studio.ml.training.sources import Source, open_source
from sd3studio.ml.training.stage import Stage
from sd3studio.ml.training.state import StageState

if TYPE_CHECKING:
    from accelerate import Accelerator


def train(
    config: TrainConfig,
    run: Path,
    stages: Sequence[Stage],
    data: Path,
    *,
    resume: bool = False,
    start_from: Iterable[Path] = (),
) -> Generator[TrainMessage, str | None, None]:
    """Train the stages that aren't finished yet, one after the other, and keep the system after each.

    Parameters
    ----------
    run : run folder; stages finished there before are skipped, and their system is gone on with
    stages : of the configuration (`TrainConfig.chosen`)
    data : folder of the data; each stage may name a folder below it
    resume : whether to go on with a stage that was begun; otherwise that is an error
    start_from : folders of systems whose parts replace fresh ones where nothing is trained yet

    Raises `InputError`, `DataError` or `JobError` with a sentence; what was saved before stays whole.
    """
    from accelerate import Accelerator

    accelerator = Accelerator(mixed_precision=config.precision)
    with working_in(run, config, accelerator.is_main_process) as folder:
        accelerator.wait_for_everyone()
        done = folder.finished()
        left = [stage for stage in stages if stage.name not in done]
        for stage in stages:
            if stage.name in done:
                yield Note(f"The stage {stage.name} is finished already.")
        begun = [stage.name for stage in left if folder.checkpoints(stage).steps()]
        if begun and not resume:
            raise InputError(
                f"The stage {begun[0]} was begun in {run} before. Go on with --resume, or name a new folder."
            )
        system = _starting_system(config, folder, start_from, stages)
        for net in system.parts.values():
            net.to(accelerator.device)
        for stage in left:
            if (yield from _train_stage(system, stage, folder, data, accelerator)) == STOP:
                return


def _train_stage(
    system: System, stage: Stage, folder: RunFolder, data: Path, accelerator: "Accelerator"
) -> Generator[TrainMessage, str | None, str | None]:
    """One stage from its newest checkpoint to its end; gives `STOP` if it was told to stop before."""
    config, processes = folder.config, accelerator.num_processes
    if stage.accumulate % processes:
        raise InputError(
            f"stages.{stage.name}.accumulate ({stage.accumulate}) must be a multiple of the {processes} processes."
        )
    losses = {name: loss_named(name) for name in stage.losses}
    source = open_source(stage.source, data / stage.data, system, **stage.source_options)
    if len(source) == 0:
        raise DataError(f"There is nothing to train {stage.name} on in {data / stage.data}: the data set is empty.")

    learning = _let_learn(system, stage)
    weights = [weight for net in learning.values() for weight in net.parameters() if weight.requires_grad]
    optimizer = accelerator.prepare(_optimizer(weights, stage))
    mean = RunningMean(learning, stage.ema)
    system.forget_steps()
    state = StageState(system, learning, mean, optimizer, accelerator)
    scores = DevScores(system, stage, data / stage.data)
    checkpoints = folder.checkpoints(stage)
    found, sentences = checkpoints.newest()
    for sentence in sentences:
        yield Note(sentence)
    first = 1
    if found is not None:
        try:
            state.restore(found)
        except (KeyError, ValueError, RuntimeError) as error:
            raise JobError(
                f"The checkpoint of step {found.step} in {checkpoints.folder} is of other networks ({error}). "
                "Begin again in a new folder."
            ) from error
        first = found.step + 1
        yield Note(f"The stage {stage.name} goes on after step {found.step}.")
    if accelerator.is_main_process:
        folder.metrics.rewind(stage.name, first - 1)

    seconds = cpu_seconds = 0.0
    for step in range(first, stage.steps + 1):
        started, cpu_started = time.perf_counter(), time.process_time()
        lr = learning_rate(stage, step)
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        sums = dict.fromkeys(losses, 0.0)
        for micro in range(accelerator.process_index, stage.accumulate, processes):
            number = (step - 1) * stage.accumulate + micro
            batch = _batch(source, stage, number, accelerator.device)
            generator = generator_of("losses", stage.seed, number)
            torch.manual_seed(seed_of("dropout", stage.seed, number))
            with accelerator.autocast():
                values = {name: loss(system, batch, generator) for name, loss in losses.items()}
            total = sum(stage.losses[name] * value for name, value in values.items())
            accelerator.backward(total / stage.accumulate)
            for name, value in values.items():
                sums[name] += float(value.detach()) / stage.accumulate
        _add_up(weights, accelerator)
        named = dict(zip(sums, _summed(list(sums.values()), accelerator), strict=True))
        loss_now = sum(stage.losses[name] * value for name, value in named.items())
        bad = [name for name, value in named.items() if not math.isfinite(value)]
        if bad:
            raise JobError(_stopped(stage, step, f"the loss {bad[0]} became {named[bad[0]]}", checkpoints.steps()))
        norm = float(accelerator.clip_grad_norm_(weights, stage.clip or math.inf))
        if not math.isfinite(norm) and accelerator.scaler is None:  # float16 skips such steps and lowers its scale
            raise JobError(_stopped(stage, step, f"the gradient became {norm}", checkpoints.steps()))
        optimizer.step()
        mean.update(step)
        _take_up_draws(system, accelerator)

        took = time.perf_counter() - started
        seconds += took
        cpu_seconds += time.process_time() - cpu_started
        message = StepDone(
            stage=stage.name,
            step=step,
            total=stage.steps,
            loss=loss_now,
            losses=named,
            lr=lr,
            gradient_norm=norm,
            samples_per_s=stage.batch * stage.accumulate / took,
            memory_mb=_memory_mb(accelerator.device),
        )
        if accelerator.is_main_process and (step % config.log_every == 0 or step in (1, stage.steps)):
            folder.metrics.add(_line(message, seconds, cpu_seconds))
            seconds = cpu_seconds = 0.0
        order = _agreed((yield message), accelerator)
        while order == SAMPLE_NOW:
            order = _agreed((yield _sample(step, system, stage, source, scores, mean, accelerator.device)), accelerator)
        stop = order == STOP and step < stage.steps
        due = step % config.checkpoint_every == 0 or step == stage.steps
        if (due or stop or order == SAVE_NOW) and accelerator.is_main_process:
            _check_space(folder, stage, step, checkpoints.steps())
            yield Saved(stage.name, step, checkpoints.save(state.checkpoint(step)))
        if stop:
            return STOP

    put_weights(learning, mean.mean)
    for net in learning.values():
        net.requires_grad_(False).eval()
    if accelerator.is_main_process:
        folder.finish(stage, system)
    accelerator.wait_for_everyone()
    accelerator.free_memory()
    yield StageDone(stage.name, stage.steps, folder.system)
    return None


def _agreed(order: str | None, accelerator: "Accelerator") -> str | None:
    """The order that the first process got: the others must save, show and stop after the same step."""
    if accelerator.num_processes == 1:
        return order
    from accelerate.utils import broadcast_object_list

    return broadcast_object_list([order])[0]


def learning_rate(stage: Stage, step: int) -> float:
    """The rate of a step (from 1): a linear rise to `lr` at step `warmup`, then constant or half a cosine to 0."""
    if step <= stage.warmup:
        return stage.lr * step / stage.warmup
    if stage.schedule == "constant":
        return stage.lr
    done = (step - stage.warmup - 1) / max(1, stage.steps - stage.warmup)
    return stage.lr * 0.5 * (1.0 + math.cos(math.pi * done))


def _starting_system(
    config: TrainConfig, folder: RunFolder, start_from: Iterable[Path], stages: Sequence[Stage]
) -> System:
    """The system of the run so far, or a fresh one with the parts that other systems have.

    Of these a codec that learns in one of the stages, or has less than is wanted, gets to know meshes that were added.
    """
    if folder.system.is_dir():
        return System.load(folder.system)
    wanted = config.system.parts
    learns = {name for stage in stages for name in stage.learns}
    same: dict[str, nn.Module] = {}
    less: dict[str, nn.Module] = {}
    for other in start_from:
        trained = System.load(other)
        for name, net in trained.parts.items():
            if wanted.get(name) == trained.config.parts[name]:  # type: ignore[call-overload]
                same[name] = _up_to_date(net, wanted[name], config.seed) if name in learns else net  # type: ignore[index]
            elif name in wanted and _adds_to(wanted[name], trained.config.parts[name]):  # type: ignore[index]
                less[name] = _up_to_date(net, wanted[name], config.seed)  # type: ignore[index]
            elif name in wanted:
                raise InputError(f"The part {name} of {other} has other settings than that of the configuration.")
    system = System.build(config.system, config.seed, [name for name in wanted if name not in same])
    for name in less.keys() - same.keys():
        system.parts[name].load_state_dict(less[name].state_dict(), strict=False)
    system.parts = {name: same[name] if name in same else system.parts[name] for name in wanted}
    return system


def _up_to_date(net: nn.Module, part: PartConfig, seed: int) -> nn.Module:
    """A codec of the catalogue's things with fresh rows for meshes that were added since; other nets as they are."""
    if not isinstance(net, ObjectCodec) or "meshes" in part.settings:
        return net
    sizes = ObjectCodec.sizes(None, None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return knowing(net, sizes["meshes"], sizes["charts"], sizes["fine_charts"])


def _adds_to(wanted: PartConfig, trained: PartConfig) -> bool:
    """Whether a part is a trained one and more: what is more starts fresh (`ADDITIONS` of its class)."""
    more = getattr(part_class(wanted.kind), "ADDITIONS", ())
    fresh = {key for key in more if key in wanted.settings and key not in trained.settings}
    return wanted.replace(settings={k: v for k, v in wanted.settings.items() if k not in fresh}) == trained


def _let_learn(system: System, stage: Stage) -> dict[str, nn.Module]:
    """Switch gradients and training mode on in the parts that learn, off in all others; gives those that learn."""
    for name, net in system.parts.items():
        learns = name in stage.learns
        net.requires_grad_(learns and not stage.only).train(learns)
        if learns and stage.only:
            _let_some_learn(net, name, stage)
        if getattr(net, "_supports_gradient_checkpointing", False):
            (net.enable_gradient_checkpointing if learns and stage.recompute else net.disable_gradient_checkpointing)()
    return {name: system.parts[name] for name in stage.learns}


def _let_some_learn(net: nn.Module, part: str, stage: Stage) -> None:
    """Switch gradients on in the weights that the stage names. Raises `InputError` if the part has none of them."""
    named = [weight for name, weight in net.named_parameters() if name.startswith(stage.only)]
    if not named:
        raise InputError(f"stages.{stage.name}.only: {part} has no weights named {', '.join(stage.only)}.")
    for weight in named:
        weight.requires_grad_(True)


def _optimizer(weights: Sequence[Tensor], stage: Stage) -> torch.optim.Optimizer:
    """AdamW that decays matrices only."""
    groups = [
        {"params": [weight for weight in weights if weight.dim() > 1], "weight_decay": stage.weight_decay},
        {"params": [weight for weight in weights if weight.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=stage.lr, betas=stage.betas)


def _batch(source: Source, stage: Stage, number: int, device: torch.device) -> dict[str, Tensor]:
    numbers = sample_numbers(len(source), stage.seed, number, stage.batch)
    batch = source.batch(numbers, generator_of("batch", stage.seed, number))
    return {name: value.to(device) for name, value in batch.items()}


def _add_up(weights: Sequence[Tensor], accelerator: "Accelerator") -> None:
    """Sum the gradients over the processes: each has its share of the micro-batches, divided by their number."""
    if accelerator.num_processes == 1:
        return
    for weight in weights:
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        weight.grad = accelerator.reduce(weight.grad, reduction="sum")


def _summed(values: list[float], accelerator: "Accelerator") -> list[float]:
    if accelerator.num_processes == 1:
        return values
    own = torch.tensor(values, dtype=torch.float64, device=accelerator.device)
    return accelerator.reduce(own, reduction="sum").tolist()


def _take_up_draws(system: System, accelerator: "Accelerator") -> None:
    """Let the draws of diffusion steps learn from the losses of all processes."""
    for modality, (index, losses) in system.take_recorded().items():
        if accelerator.num_processes > 1:
            index, losses = (
                accelerator.gather(values.to(accelerator.device)).cpu()  # type: ignore[union-attr]
                for values in (index, losses)
            )
        system.steps[modality].update(index, losses)


@torch.no_grad()
def _sample(
    step: int,
    system: System,
    stage: Stage,
    source: Source,
    scores: DevScores,
    mean: RunningMean,
    device: torch.device,
) -> Sampled:
    """What the averaged weights make of the first samples, with the same draws each time, and what they are worth."""
    numbers = [k % len(source) for k in range(stage.batch)]
    batch = source.batch(numbers, generator_of("sample", stage.seed))
    batch = {name: value.to(device) for name, value in batch.items()}
    learning = [system.parts[name] for name in stage.learns]
    for net in learning:
        net.eval()
    with mean.applied():
        found = {
            name: float(loss_named(name)(system, batch, generator_of("sample", stage.seed, name)))
            for name in stage.losses
        }
        png = picture_sample(system, stage, source, numbers, batch, generator_of("sample", stage.seed))
        text = text_sample(system, stage, source, stage.seed)
        dev = scores.now()
    for net in learning:
        net.train()
    system.take_recorded()
    return Sampled(stage.name, step, found, png, text, dev)


def _check_space(folder: RunFolder, stage: Stage, step: int, saved: list[int]) -> None:
    free, least = folder.free_mb(), folder.config.min_free_mb
    if free < least:
        reason = f"only {free:,.0f} MB are left on the disk of {folder.path}, and min_free_mb is {least:,.0f}"
        raise JobError(_stopped(stage, step, reason, saved))


def _stopped(stage: Stage, step: int, reason: str, saved: list[int]) -> str:
    kept = (
        f"The checkpoint of step {saved[-1]} is kept; go on with --resume." if saved else "There is no checkpoint yet."
    )
    return f"Training of {stage.name} stopped at step {step}: {reason}. {kept}"


def _line(message: StepDone, seconds: float, cpu_seconds: float) -> dict[str, Any]:
    names = ("stage", "step", "loss", "losses", "lr", "gradient_norm")
    line = {name: getattr(message, name) for name in names}
    return line | {
        "samples_per_s": round(message.samples_per_s, 2),
        "memory_mb": round(message.memory_mb, 1),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
    }


def _memory_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    if sys.platform == "win32":
        return 0.0  # nothing in the standard library tells
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1e6 if sys.platform == "darwin" else used / 1e3

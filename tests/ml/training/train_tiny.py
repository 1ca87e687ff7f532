"""Tiny runs in processes that can be killed: `python train_tiny.py FOLDER [KILLS STEPS]`.

Leaves three runs of one configuration in FOLDER: ``whole``, ``killed`` (SIGKILL at random moments, resumed each time)
and ``shared`` (two processes); ``kills.json`` says at how many moments. Children are forked, so that each is quick.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import accelerate
import torch
import training_fakes

from sd3studio.ml.nets.denoiser import Denoiser
from sd3studio.ml.training.loop import train

KILLS, STEPS = 8, 8
assert accelerate and Denoiser  # imported here, once, and not in each child


def run(folder: Path, steps: int = STEPS) -> None:
    config = training_fakes.tiny_config(steps=steps)
    for _ in train(config, folder, config.stages, folder, resume=True):
        pass


def share(folder: Path, rank: int, port: int, steps: int = STEPS) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    os.environ |= {"MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true"}
    run(folder, steps)


def child(work: Callable[[], None]) -> int:
    """Start `work` in a process of its own; gives its id."""
    number = os.fork()
    if number == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return number


def main(folder: Path, most_kills: int = KILLS, steps: int = STEPS) -> None:
    torch.set_num_threads(1)
    training_fakes.register()
    started = time.perf_counter()
    assert os.waitpid(child(lambda: run(folder / "whole", steps)), 0)[1] == 0
    took = time.perf_counter() - started
    kills, rng = 0, random.Random(7)
    while kills < most_kills:
        number = child(lambda: run(folder / "killed", steps))
        time.sleep(rng.uniform(0.1, 0.6) * took * STEPS / steps)
        ended, _ = os.waitpid(number, os.WNOHANG)
        if ended:
            break
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        kills += 1
    assert os.waitpid(child(lambda: run(folder / "killed", steps)), 0)[1] == 0
    (folder / "kills.json").write_text(json.dumps(kills))
    port = 20_000 + random.SystemRandom().randrange(20_000)
    ranks = [child(lambda rank=rank: share(folder / "shared", rank, port, steps)) for rank in range(2)]
    assert [os.waitpid(number, 0)[1] for number in ranks] == [0, 0]


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(number) for number in sys.argv[2:4]))

"""What a step sees, as a function of the stage's seed and the step's number alone: exact resume hangs on it."""

import hashlib
from functools import lru_cache

import torch

SEED_BITS = 63


def seed_of(*parts: object) -> int:
    """One seed from several things, the same on every machine."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> (64 - SEED_BITS)


def generator_of(*parts: object) -> torch.Generator:
    """A generator on the CPU seeded by `seed_of`."""
    return torch.Generator().manual_seed(seed_of(*parts))


def sample_numbers(count: int, seed: int, micro: int, batch: int) -> list[int]:
    """Which of `count` samples the micro-batch number `micro` (from 0, over the whole stage) has.

    Each epoch is a permutation of its own; a batch may reach over the end of one.
    """
    first = micro * batch
    return [_permutation(count, seed, place // count)[place % count] for place in range(first, first + batch)]


@lru_cache(maxsize=4)
def _permutation(count: int, seed: int, epoch: int) -> list[int]:
    return torch.randperm(count, generator=generator_of("order", seed, epoch)).tolist()

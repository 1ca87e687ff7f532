"""What this machine has: memory and GPUs, found without loading a learning library."""

import contextlib
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where containers on Linux say how much memory they may use."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device that torch can compute on; `memory_bytes` is 0 where it shares the machine's memory."""

    name: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory that this program may use, and the GPUs."""

    memory_bytes: int
    gpus: tuple[Gpu, ...] = ()

    @property
    def best_memory_bytes(self) -> int:
        """Memory of the largest GPU, or the machine's where there is none."""
        return max((gpu.memory_bytes or self.memory_bytes for gpu in self.gpus), default=self.memory_bytes)


def this_machine() -> Machine:
    """The machine that we run on."""
    return Machine(_memory_bytes(), _gpus())


def _memory_bytes() -> int:
    found = []
    with contextlib.suppress(ValueError, OSError, AttributeError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path(path).read_text(encoding="ascii")))
    return min((number for number in found if number > 0), default=0)


def _gpus() -> tuple[Gpu, ...]:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return (Gpu("Apple GPU (mps)", 0),)
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
        said = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(_gpu(line) for line in said.splitlines() if "," in line)


def _gpu(line: str) -> Gpu:
    """``"NVIDIA H200, 143771"`` (MiB) as a `Gpu`."""
    name, _, memory = line.rpartition(",")
    return Gpu(name.strip(), int(memory) * 2**20 if memory.strip().isdigit() else 0)

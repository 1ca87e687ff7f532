"""Choosing device and number format, and telling that memory ran out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sd3studio.core.errors import MissingModelError, OutOfMemoryError
from sd3studio.core.requests import GenerateImage

if TYPE_CHECKING:
    import torch

SMALLEST_PX = 256
"""Below this side no model of these families draws anything sensible."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a pipeline runs, in which number format, and what the user should know about the choice."""

    device: str
    dtype: "torch.dtype"
    note: str = ""


def choose_placement(device: str, dtype: str) -> Placement:
    """Device and dtype for a request: CUDA before Apple's GPU before the CPU; half precision on CUDA only.

    The CPU always gets float32, where half precision is many times slower; so does Apple's GPU by default, where some
    models draw black in float16. Raises `MissingModelError` if a device is asked for that is not there.
    """
    import torch

    name = _best_device() if device == "auto" else device
    if not _is_there(name):
        raise MissingModelError(f"The device {name} is not available here. Choose {_best_device()} or auto.")
    if name == "cpu":
        note = f"{dtype} is slow on a CPU; float32 is used." if dtype in ("float16", "bfloat16") else ""
        return Placement(name, torch.float32, note)
    if dtype != "auto":
        return Placement(name, getattr(torch, dtype))
    return Placement(name, torch.float16 if name.startswith("cuda") else torch.float32)


def _best_device() -> str:
    return next(name for name in ("cuda", "mps", "cpu") if _is_there(name))


def _is_there(name: str) -> bool:
    import torch

    kind, _, number = name.partition(":")
    if kind == "cuda":
        return torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return True


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that the device or the machine has no more memory."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in text
        for sign in ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")
    )


def out_of_memory(request: GenerateImage, placement: Placement) -> OutOfMemoryError:
    """The error for the user, with the request fields and smaller values that may fit."""
    hint: dict[str, Any] = {
        "width": _smaller(request.width),
        "height": _smaller(request.height),
    }
    if placement.device != "cpu" and str(placement.dtype) == "torch.float32":
        hint["dtype"] = "float16"
    if len(request.controls) > 1:
        hint["controls"] = [request.controls[0].model_dump()]
    return OutOfMemoryError(
        f"The memory of {placement.device} ran out at {request.width} x {request.height}. "
        f"Try {hint['width']} x {hint['height']}{' in float16' if 'dtype' in hint else ''}.",
        hint,
    )


def _smaller(side_px: int) -> int:
    """Three quarters of a side, in whole blocks of 64 px."""
    return min(side_px, max(SMALLEST_PX, side_px * 3 // 4 // 64 * 64))


def free_memory() -> None:
    """Give cached device memory back after a failure."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()

"""Orders to a training run in another process: a line in a file of its run folder, taken once."""

from pathlib import Path

from sd3studio.core.errors import InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.training.messages import SAMPLE_NOW, SAVE_NOW, STOP

NAME = "order"
ORDERS = (SAVE_NOW, SAMPLE_NOW, STOP)


def give_order(run: Path, order: str) -> None:
    """Leave an order for the run in a folder; it is followed after its next step. Raises `InputError` for others."""
    if order not in ORDERS:
        raise InputError(f"There is no order {order!r}. There are: {', '.join(ORDERS)}.")
    write_atomic(run / NAME, order.encode())


def take_order(run: Path) -> str | None:
    """The order that waits in a run folder, if any; whatever else stands there is dropped."""
    path = run / NAME
    try:
        order = path.read_text("utf-8").strip()
        path.unlink()
    except (OSError, UnicodeDecodeError):
        return None
    return order if order in ORDERS else None

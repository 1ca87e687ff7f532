"""A pipeline's blocking call as a generator of its steps that can be closed in the middle of one."""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

T = TypeVar("T")
OnStep = Callable[[int, Any], None]
"""Called by the pipeline's thread with the number of the step that is done (from 1) and its latents."""


class StoppedError(Exception):
    """Raised inside the pipeline to leave it; nobody outside this module sees it."""


def stepped(
    call: Callable[[OnStep], T], look: Callable[[Any], bytes | None], net: Any = None
) -> Generator[tuple[int, bytes | None], None, T]:
    """Steps ``(number, preview)`` of ``call(on_step)``, which runs in a thread; returns what the call returns.

    Closing the generator stops the call at its next step, or sooner: at the next block of `net`, if one is given.
    What the call raises is raised here.

    Parameters
    ----------
    call : runs the pipeline and calls `on_step` after each step
    look : latents -> encoded preview or None; runs in the pipeline's thread
    net : the torch module that takes most of the time
    """
    stop = threading.Event()
    news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def on_step(number: int, latents: Any) -> None:
        if stop.is_set():
            raise StoppedError
        news.put(("step", (number, look(latents))))

    def work() -> None:
        try:
            with _interruptible(net, stop):
                news.put(("result", call(on_step)))
        except StoppedError:
            pass
        except BaseException as error:
            news.put(("error", error))

    thread = threading.Thread(target=work, name="pipeline", daemon=True)
    thread.start()
    try:
        while True:
            word, value = news.get()
            if word == "step":
                yield value
            elif word == "result":
                return value
            else:
                raise value
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def _interruptible(net: Any, stop: threading.Event) -> Iterator[None]:
    """Let each block of `net` look whether it should stop: a step can take many seconds on a CPU."""

    def look(module: Any, inputs: Any) -> None:
        if stop.is_set():
            raise StoppedError

    blocks = [] if net is None else [module for module in net.modules() if "Block" in type(module).__name__]
    handles = [block.register_forward_pre_hook(look) for block in blocks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

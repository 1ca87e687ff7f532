"""Getting transformers and diffusers ready: quiet, off the network, and not stumbling over a broken neighbour."""

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from functools import cache


@cache
def prepare_libraries() -> None:
    """Call before the first import of transformers or diffusers.

    The network stays off unless ``HF_HUB_OFFLINE`` says otherwise. A torchvision that was built for another torch fails
    while it is imported, and transformers with it; we don't need it, so it is then treated as absent.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with quiet():
        try:
            importlib.import_module("torchvision")
        except ModuleNotFoundError:
            pass
        except Exception:
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            sys.modules["torchvision"] = None  # type: ignore[assignment]  # how Python marks "can't be imported"
        import diffusers
        import transformers
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' warnings (deprecations among themselves), which no user can act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

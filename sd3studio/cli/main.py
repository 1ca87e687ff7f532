"""Entry point of `sd3studio`: picks the command, turns a `StudioError` into one sentence and exit code 2."""

import argparse
import importlib
import keyword
import logging
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from pydantic import ValidationError

from sd3studio import __version__
from sd3studio.core.errors import StudioError

log = logging.getLogger(__name__)

COMMANDS: dict[str, str] = {
    "window": "open the window (what happens without a command)",
    "parse": "read a photo or a sentence into a 3D scene graph",
    "edit": "change a scene by sentences and by steps: align, space, group, paste, rooms",
    "measure": "tell the distance and the gap between two objects of a scene",
    "relations": "list what stands where; assert, keep, forget and repair relations",
    "caption": "write spatial captions of a photo or a scene",
    "render": "draw a scene and its control maps",
    "generate": "make a picture from a scene or a sentence",
    "styles": "list the style presets of pictures, add and remove your own",
    "check": "tell, object by object, whether a picture shows what its scene says",
    "queue": "keep pictures to be made on disk: add, list, run, pause, move, cancel, try again",
    "library": "keep a library of photos: parse, caption, search by what stands where, ask, export",
    "project": "pack a scene with its pictures and history into one file, show it, unpack it",
    "export": "write a scene in another format",
    "import": "place a 3D model of your own in a scene, or read annotations of other programs",
    "compare": "tell how far two annotators' graphs agree, and decide between them",
    "evaluate": "measure a part of the program on data",
    "train": "train the networks on such a data set, in the four steps of the method or a part of them",
    "runs": "training runs in the background: start, follow, pause, stop, extend, branch, compare, promote",
    "dataset": "make scenes with graphs and captions for training, or count what is in such a data set",
    "models": "tell which models there are and what runs here; verify, add, remove, download them",
    "demo": "run the whole loop on the sample photo and a sentence",
    "doctor": "tell what is installed, which GL, device and weights there are",
}
"""Command -> one line of help. The module `sd3studio.cli.<command>` does the work; it is imported only when named."""


class Command(Protocol):
    """What each module `sd3studio.cli.<command>` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the command."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work: data on stdout, progress on stderr; returns the exit code."""


def _module(name: str) -> Command:
    suffix = "_" if keyword.iskeyword(name) else ""  # a module can't be called import.py
    return importlib.import_module(f"sd3studio.cli.{name}{suffix}")  # type: ignore[return-value]


def build_parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser of all commands; only `wanted` has its arguments filled in (None: every command)."""
    parser = argparse.ArgumentParser(prog="sd3studio", description="A photo, a sentence and a 3D layout, one scene.")
    parser.add_argument("--version", action="version", version=f"sd3studio {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log what happens, with tracebacks, on stderr")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if wanted in (None, name):
            _module(name).add_arguments(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sd3studio`; returns the exit code: 0 done, 1 a check failed, 2 bad input or a missing part."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve the others
    words = list(sys.argv[1:] if argv is None else argv)
    named = next((word for word in words if not word.startswith("-")), None)
    if named is None and not {"-h", "--help", "--version"} & set(words):
        words.append("window")
        named = "window"
    args = build_parser(named if named in COMMANDS else "").parse_args(words)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        return _module(args.command).run(args)
    except StudioError as error:
        log.info("command failed", exc_info=True)
        print(f"sd3studio {args.command}: {error}", file=sys.stderr)
        return 2
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        print(f"sd3studio {args.command}: {where}: {first['msg']}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    except Exception as error:
        log.error("unexpected error", exc_info=args.verbose)
        print(
            f"sd3studio {args.command}: unexpected {type(error).__name__}: {error}. Add --verbose for the traceback.",
            file=sys.stderr,
        )
        return 3


if __name__ == "__main__":
    sys.exit(main())

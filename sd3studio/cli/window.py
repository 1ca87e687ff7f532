"""`sd3studio` and `sd3studio window [FILE...]`: the window; without a display, the demo."""

import argparse
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

DEMO_FOLDER = Path("sd3studio-demo")
WINDOW = "sd3studio.ui.main_window"
"""Named by path, not imported: the command line works where Qt doesn't."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="photos, scenes or projects to open")


def run(args: argparse.Namespace) -> int:
    if not has_display(os.environ, sys.platform):
        print(
            f"There is no display here, so instead of the window the demo runs into {DEMO_FOLDER}/ "
            "(the same as: sd3studio demo -o sd3studio-demo).",
            file=sys.stderr,
        )
        from sd3studio.cli.demo import show

        return show(DEMO_FOLDER)
    main = importlib.import_module(WINDOW).main
    return main(list(args.files))


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a window could open: always on Windows and macOS, with X or Wayland elsewhere."""
    return platform in ("win32", "darwin") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))

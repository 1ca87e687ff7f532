"""Command line of the catalogue build."""

import argparse
import logging
import sys
from pathlib import Path

from sd3studio.core.catalogue import CATALOGUE_FOLDER
from sd3studio.core.errors import StudioError
from sd3studio.services.catalogue_build.archive import read_libraries
from sd3studio.services.catalogue_build.build import build
from sd3studio.services.catalogue_build.game_archive import GameArchive
from sd3studio.services.catalogue_build.tables import read_categories, read_selection


def main(arguments: list[str] | None = None) -> int:
    """Build the catalogue; exit code 0, or 2 with one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.services.catalogue_build", description=__doc__)
    parser.add_argument("--deb", type=Path, required=True, help="the Debian package sweethome3d-furniture")
    parser.add_argument("--game", type=Path, metavar="ZIP", help="public.zip of the Debian package 0ad-data")
    parser.add_argument("-o", "--output", type=Path, default=CATALOGUE_FOLDER, help="folder of the catalogue")
    parser.add_argument("--only", default="", help="ids to build again, with commas; the others are kept as they are")
    parser.add_argument("--no-thumbnails", action="store_true", help="leave the thumbnails as they are")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    only = frozenset(filter(None, options.only.split(",")))
    try:
        picks, categories = read_selection(), read_categories()
        libraries = read_libraries(options.deb)
        game = GameArchive(options.game) if options.game else None
        built = []
        for entry in build(picks, categories, libraries, options.output, only, game):
            built.append(entry.id)
            print(f"{len(built):4d} {entry.id} ({entry.faces} faces)", file=sys.stderr)
        if not options.no_thumbnails:
            from sd3studio.services.catalogue_build.thumbnails import draw_thumbnails

            if draw_thumbnails(options.output, built) < len(built):
                print("Thumbnails are only drawn in the program's own catalogue folder.", file=sys.stderr)
    except StudioError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(built)} meshes written to {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

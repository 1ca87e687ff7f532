"""Who made the meshes and under which licence: `CREDITS.md` and the licence field of the index."""

from collections.abc import Iterable

from sd3studio.core.catalogue import CatalogueEntry
from sd3studio.services.catalogue_build.game_archive import LIBRARY as GAME
from sd3studio.services.catalogue_build.tables import PRIMITIVES

CC0 = "CC0-1.0"
CC_BY = "CC-BY-3.0"
CC_BY_US = "CC-BY-3.0-US"
CC_BY_SA = "CC-BY-SA-3.0"

_LICENCES = {
    PRIMITIVES: CC0,
    GAME: CC_BY_SA,
    "BlendSwap-CC-0": CC0,
    "BlendSwap-CC-BY": CC_BY,
    "KatorLegaz": CC_BY_US,
    "Reallusion": CC_BY_US,
    "Scopia": CC_BY,
}
"""As the copyright file of the Debian package says for each library."""

_LINKS = {
    CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    CC_BY: "https://creativecommons.org/licenses/by/3.0/",
    CC_BY_SA: "https://creativecommons.org/licenses/by-sa/3.0/",
    CC_BY_US: "https://creativecommons.org/licenses/by/3.0/us/",
}

_HEAD = """# Credits of the mesh catalogue

Most meshes come from the furniture libraries of [Sweet Home 3D](http://www.sweethome3d.com/), collected and converted
by Emmanuel Puybaret / eTeks (Debian package `sweethome3d-furniture` 1.8). **All of them were changed here**:
simplified, textures shrunk, turned to one front direction, some rescaled. Meshes whose source is
"procedural" were made for SD3 Studio. Animals whose source begins with "0ad" come from the game 0 A.D. of
[Wildfire Games](https://www.wildfiregames.com/) (Debian package `0ad-data` 0.0.26): who gives one of them on, or
something made out of it, does so under the same licence.

"""


def licence_of(library: str) -> str:
    """SPDX name of the licence of a library; an unknown library has no licence we know of."""
    return _LICENCES.get(library, "unknown")


def licence_of_all(libraries: Iterable[str]) -> str:
    """SPDX expression of what is made of things from several libraries."""
    return " AND ".join(sorted({licence_of(library) for library in libraries}))


def credits_text(entries: Iterable[CatalogueEntry]) -> str:
    """The text of ``CREDITS.md``: one table per licence, a line per mesh."""
    parts = [_HEAD]
    entries = sorted(entries, key=lambda entry: entry.id)
    for licence in sorted({entry.licence for entry in entries}):
        links = [_LINKS[name] for name in licence.split(" AND ") if name in _LINKS]
        parts.append("\n\n".join([f"## {licence}", *links]) + "\n\n")
        parts.append("| mesh | author | source |\n|---|---|---|\n")
        parts += [
            f"| {entry.id} | {entry.author.replace('|', '/')} | {entry.source} |\n"
            for entry in entries
            if entry.licence == licence
        ]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"

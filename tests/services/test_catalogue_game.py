"""Models of the game 0 A.D.: a made-up archive with a small mesh and its texture."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import DataError, MeshError
from sd3studio.services.catalogue_build.game_archive import MESHES, TEXTURES, GameArchive, read_pmd
from sd3studio.services.catalogue_build.surface import Material

GREY = Material((0.5, 0.5, 0.5, 1.0))
PLACES = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 3.0))
FACES = ((0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2))


def pmd(version: int = 4, faces: tuple[tuple[int, int, int], ...] = FACES, x: float = 0.0) -> bytes:
    """A tetrahedron; texture coordinates are a tenth of the vertex's number."""
    parts = [struct.pack("<4sIII", b"PSMD", version, 0, len(PLACES))]
    if version >= 4:
        parts.append(struct.pack("<I", 2))
    for number, place in enumerate(PLACES):
        uv = (number / 10, 1.0 - number / 10)
        layers = (*uv, 9.0, 9.0) if version >= 4 else uv
        parts.append(struct.pack(f"<6f{len(layers)}f4B4f", place[0] + x, *place[1:], 0, 1, 0, *layers, *[0] * 8))
    parts.append(struct.pack("<I", len(faces)))
    parts += [struct.pack("<3H", *face) for face in faces]
    return b"".join(parts)


def archive(folder: Path, content: bytes) -> GameArchive:
    texture = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 100, 50, 0)).save(texture, "DDS")
    with zipfile.ZipFile(folder / "public.zip", "w") as target:
        target.writestr(f"{MESHES}/beast.dae.cached.pmd", content)
        target.writestr(f"{TEXTURES}/hide.png.cached.dds", texture.getvalue())
    return GameArchive(folder / "public.zip")


@pytest.mark.parametrize("version", [3, 4])
def test_a_mesh_keeps_its_places_faces_and_texture_coordinates(version: int) -> None:
    surface = read_pmd(pmd(version), "beast", GREY)
    assert surface.vertices.tolist() == [list(place) for place in PLACES]
    assert surface.faces.tolist() == [list(face) for face in FACES]
    assert surface.corner_uv[1] == pytest.approx(np.array([[0.0, 1.0], [0.2, 0.8], [0.3, 0.7]]))
    assert surface.materials == (GREY,)


def test_a_model_has_its_texture_and_no_holes_where_a_player_s_colour_goes(tmp_path: Path) -> None:
    surface = archive(tmp_path, pmd()).surface("beast+hide.png")
    texture = surface.materials[0].texture
    assert texture is not None
    assert texture.mode == "RGB"
    assert texture.getpixel((3, 3)) == (200, 100, 50)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "can't be read"),
        (b"PSXX" + pmd()[4:], "not a PMD file"),
        (pmd(2), "not a PMD file"),
        (pmd()[:80], "can't be read"),
        (pmd()[:-4], "can't be read"),
        (pmd(faces=((0, 1, 9),)), "do not fit"),
        (pmd(faces=()), "do not fit"),
        (pmd(x=float("nan")), "do not fit"),
        (struct.pack("<4sIIII", b"PSMD", 4, 0, 2**31, 1), "vertices"),
    ],
)
def test_bad_meshes_are_named(content: bytes, words: str) -> None:
    with pytest.raises(MeshError, match=f"beast.*{words}"):
        read_pmd(content, "beast", GREY)


def test_missing_parts_and_archives_are_named(tmp_path: Path) -> None:
    game = archive(tmp_path, pmd())
    with pytest.raises(DataError, match=r"no .*dragon"):
        game.surface("dragon+hide.png")
    with pytest.raises(DataError, match=r"no .*fur"):
        game.surface("beast+fur.png")
    (tmp_path / "not.zip").write_bytes(b"no")
    with pytest.raises(DataError, match="can't be read"):
        GameArchive(tmp_path / "not.zip")

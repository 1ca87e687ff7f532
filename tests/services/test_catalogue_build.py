"""The catalogue build on a made-up library: archive, models, simplification, glTF, tables, index."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.catalogue import read_catalogue
from sd3studio.core.errors import DataError, MeshError
from sd3studio.render.mesh import read_mesh
from sd3studio.services.catalogue_build.__main__ import main
from sd3studio.services.catalogue_build.archive import Library, parse_properties, read_libraries
from sd3studio.services.catalogue_build.build import build, build_one
from sd3studio.services.catalogue_build.glb import corner_normals, glb_bytes
from sd3studio.services.catalogue_build.placement import fitted_size, placed, turned
from sd3studio.services.catalogue_build.primitives import PRIMITIVE_SHAPES
from sd3studio.services.catalogue_build.primitives.blends import Bone, body
from sd3studio.services.catalogue_build.primitives.shapes import ball, box, whole
from sd3studio.services.catalogue_build.simplify import simplified
from sd3studio.services.catalogue_build.surface import Material, Surface, face_normals, joined, plain_surface, welded
from sd3studio.services.catalogue_build.tables import category_of, read_categories, read_selection
from sd3studio.services.catalogue_build.textures import with_small_textures
from sd3studio.services.catalogue_build.wavefront import read_obj

pytest.importorskip("meshoptimizer", reason="the catalogue is only built where the build extra is installed")

RED = Material((1.0, 0.0, 0.0, 1.0))

OBJ = """
mtllib chair.mtl
v -1 0 -2
v 1 0 -2
v 1 0 2
v -1 0 2
v -1 5 -2
v 1 5 -2
vt 0 0
vt 1 0
vt 1 1
vt 0 1
usemtl seat
f 1/1 4/4 3/3 2/2
usemtl back
f 1 2 6 5
usemtl ghost
f 1 2 3
"""

MTL = """
newmtl seat
Kd 0.2 0.4 0.6
map_Kd C:/somebody/../../etc/passwd/wood.png
newmtl back
Kd 1 0 0
newmtl ghost
Kd 0 1 0
d 0
"""

PROPERTIES = """
id=Test#Library
id#1=Test#chair
name#1=Chaise \\u00e0 bras
category#1=Living room
model#1=/things/chair/chair.obj
width#1=50
depth#1=60
height#1=90
modelRotation#1=0 0 1 0 1 0 -1 0 0
creator#1=Ada
"""


def png(colour: tuple[int, int, int] | None = None) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (600, 300, 3), np.uint8)
    if colour:
        pixels[:] = colour
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def library_bytes(**extra: str | bytes) -> bytes:
    files = {
        "PluginFurnitureCatalog.properties": PROPERTIES,
        "things/chair/chair.obj": OBJ,
        "things/chair/chair.mtl": MTL,
        "things/chair/wood.png": png(),
        "etc/passwd": "secret",
        **extra,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def package(folder: Path, name: str = "usr/share/sweethome3d/furniture/Test.sh3f") -> Path:
    data = io.BytesIO()
    content = library_bytes()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    parts = [(b"debian-binary", b"2.0\n"), (b"data.tar.xz", data.getvalue())]
    raw = b"!<arch>\n"
    for part, payload in parts:
        raw += part.ljust(16) + b"0".ljust(12) + b"0".ljust(6) + b"0".ljust(6) + b"644".ljust(8)
        raw += str(len(payload)).encode().ljust(10) + b"`\n" + payload + b"\n" * (len(payload) % 2)
    path = folder / "made-up.deb"
    path.write_bytes(raw)
    return path


def tables(folder: Path, row: str = "chair\tTest/chair\tchair\tarmchair\twooden\t90\t\t\tseat") -> tuple[list, dict]:
    (folder / "selection.tsv").write_text(f"# comment\n{row}\nball\tprimitives/tennis-ball\tsports ball\tball\n")
    (folder / "categories.tsv").write_text(
        "chair\tseating\t30x30x60\t80x80x120\t0\tyes\tstool\nsports ball\ttoys-sports\t3x3x3\t30x30x30\t0\tno\tball\n"
    )
    return read_selection(folder / "selection.tsv"), read_categories(folder / "categories.tsv")


def grid(count: int) -> Surface:
    """A bumpy square of 2 * count * count triangles, red left of the middle and textured right of it."""
    x, y = np.meshgrid(np.linspace(0, 1, count + 1), np.linspace(0, 1, count + 1), indexing="ij")
    vertices = np.column_stack([x.ravel(), 0.1 * np.sin(3 * x.ravel()) * np.cos(4 * y.ravel()), y.ravel()])
    index = np.arange((count + 1) ** 2).reshape(count + 1, count + 1)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)])
    right = (vertices[faces].mean(axis=1)[:, 0] > 0.5).astype(np.int64)
    picture = Material((1.0, 1.0, 1.0, 1.0), Image.open(io.BytesIO(png())))
    return Surface(vertices, faces, vertices[faces][:, :, [0, 2]], right, (RED, picture))


def test_a_package_becomes_an_index_meshes_and_credits(tmp_path: Path) -> None:
    picks, categories = tables(tmp_path)
    out = tmp_path / "out"
    entries = list(build(picks, categories, read_libraries(package(tmp_path)), out))
    assert [entry.id for entry in entries] == ["chair", "ball"]
    catalogue = read_catalogue(out)
    chair = catalogue.of_category("chair")[0]
    assert (chair.author, chair.synonyms, chair.front_known) == ("Ada", ("seat", "stool"), True)
    assert chair.size == pytest.approx((0.6, 0.5, 0.9))  # turned by 90 degrees
    low, high = read_mesh(out / "meshes" / "chair.glb").bounds
    assert high - low == pytest.approx((0.6, 0.5, 0.9), abs=1e-5)
    assert low[2] == pytest.approx(0.0, abs=1e-6)
    assert "| chair | Ada | Test/chair |" in (out / "CREDITS.md").read_text()
    assert "Y up" in json.loads((out / "index.json").read_text())["README"]


def test_a_second_build_touches_no_file(tmp_path: Path) -> None:
    picks, categories = tables(tmp_path)
    libraries, out = read_libraries(package(tmp_path)), tmp_path / "out"
    list(build(picks, categories, libraries, out))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    list(build(picks, categories, libraries, out))
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_building_some_keeps_the_others_and_removes_strangers(tmp_path: Path) -> None:
    picks, categories = tables(tmp_path)
    libraries, out = read_libraries(package(tmp_path)), tmp_path / "out"
    list(build(picks, categories, libraries, out))
    (out / "meshes" / "stranger.glb").write_bytes(b"")
    assert [entry.id for entry in build(picks, categories, libraries, out, frozenset({"ball"}))] == ["ball"]
    assert list(read_catalogue(out).entries) == ["chair", "ball"]
    assert sorted(path.name for path in (out / "meshes").iterdir()) == ["ball.glb", "chair.glb"]


def test_a_size_out_of_range_is_named(tmp_path: Path) -> None:
    picks, categories = tables(tmp_path, "chair\tTest/chair\tchair\tarmchair\t\t\th300")
    with pytest.raises(DataError, match=r"chair: its width of 166\.7 cm"):
        build_one(picks[0], category_of(picks[0], categories), read_libraries(package(tmp_path)))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x\tTest/sofa\tchair\tx", "no model Test/sofa"),
        ("x\tprimitives/dragon\tchair\tx", "no primitive 'dragon'"),
        ("x\tTest/chair\tdragon\tx", "no row for the category 'dragon'"),
    ],
)
def test_rows_that_name_nothing_are_errors(tmp_path: Path, row: str, words: str) -> None:
    picks, categories = tables(tmp_path, row)
    with pytest.raises(DataError, match=words):
        build_one(picks[0], category_of(picks[0], categories), read_libraries(package(tmp_path)))


@pytest.mark.parametrize("line", ["a\tb/c\td\te\t\tleft", "a\tb/c\td\te\t\t\t5x5", "a\t" * 12])
def test_a_bad_line_of_a_table_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match="line 2"):
        tables(tmp_path, line)


def test_the_special_row_of_a_category_comes_first() -> None:
    picks = {pick.id: pick for pick in read_selection()}
    categories = read_categories()
    assert category_of(picks["person-man-sitting"], categories).key == "person/sitting"
    assert category_of(picks["person-man"], categories).key == "person"


def test_the_tables_agree_with_each_other() -> None:
    picks, categories = read_selection(), read_categories()
    used = {pick.category for pick in picks}
    assert {key for key in categories if "/" not in key} == used
    assert [key for key, row in categories.items() if np.any(np.greater(row.size_low, row.size_high))] == []
    primitives = {pick.model for pick in picks if pick.library == "primitives"}
    assert primitives == set(PRIMITIVE_SHAPES)


def test_only_files_beside_a_model_are_read() -> None:
    library = Library("Test", library_bytes())
    assert library.read_beside("things/chair/chair.obj", "../../etc/passwd") is None
    assert library.read_beside("things/chair/chair.obj", "/etc/passwd") is None
    assert library.read_beside("things/chair/chair.obj", r"D:\textures\WOOD.PNG") == png()
    assert library.read_beside("things/chair/chair.obj", "lost.jpg") == png()  # the only picture there


@pytest.mark.parametrize("content", [b"", b"no archive", b"!<arch>\n", b"!<arch>\n" + b"x" * 200])
def test_what_is_no_package_is_one_sentence(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(content)
    assert main(["--deb", str(path), "-o", str(tmp_path / "out")]) == 2
    assert str(path) in capsys.readouterr().err


def test_properties_come_in_metres_with_their_letters() -> None:
    model = parse_properties("Test", PROPERTIES)[0]
    assert (model.key, model.name, model.size) == ("chair", "Chaise à bras", (0.5, 0.6, 0.9))
    with pytest.raises(DataError, match="model 3"):
        parse_properties("Test", "id#3=Test#x\nname#3=x\nmodel#3=/x\nwidth#3=wide\ndepth#3=1\nheight#3=1")


def test_an_obj_keeps_colours_textures_and_no_invisible_face() -> None:
    files = {"chair.mtl": MTL.encode(), "C:/somebody/../../etc/passwd/wood.png": png()}
    surface = read_obj(OBJ.encode(), "chair", files.get)
    used = [surface.materials[k] for k in np.unique(surface.material_of_face)]
    assert len(surface.faces) == 4
    assert [material.texture is not None for material in used] == [True, False]
    assert used[1].colour == (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "text", ["", "v 0 0 0", "v 0 0 0\nf 1 2 3", "v a b c\nf 1 1 1", "v 0 0\nf 1 1 1", "v 0 0 nan\nf 1 1 1"]
)
def test_a_bad_obj_is_a_mesh_error(text: str) -> None:
    with pytest.raises(MeshError, match="model x"):
        read_obj(text.encode(), "x", lambda name: None)


def test_simplifying_keeps_bounds_materials_and_texture_coordinates() -> None:
    original = grid(90)
    small = simplified(original, max_faces=800)
    assert len(small.faces) <= 800
    assert small.bounds == pytest.approx(original.bounds, abs=0.01)
    middle = small.vertices[small.faces].mean(axis=1)[:, 0]
    assert ((middle > 0.5) == (small.material_of_face == 1)).mean() > 0.97
    textured = small.material_of_face == 1
    expected = small.vertices[small.faces[textured]][:, :, [0, 2]]
    assert np.abs(small.corner_uv[textured] - expected).max() < 0.02


def test_a_surface_whose_every_face_has_its_own_texture_place_still_shrinks() -> None:
    original = grid(70)
    random = np.random.default_rng(1).uniform(size=original.corner_uv.shape)
    small = simplified(original.replace(corner_uv=random), max_faces=1500)
    assert 500 <= len(small.faces) <= 1500
    assert small.bounds == pytest.approx(original.bounds, abs=0.03)


def test_foliage_is_thinned_and_keeps_its_spread() -> None:
    random = np.random.default_rng(2)
    leaves = [
        moved for centre in random.uniform(0, 10, (1500, 3)) for moved in [ball(0.1, tuple(centre), (0.1, 0.6, 0.1), 6)]
    ]
    tree = joined(leaves)
    thin = simplified(tree, max_faces=1000, foliage=True)
    assert 700 < len(thin.faces) <= 1000
    assert thin.bounds == pytest.approx(tree.bounds, abs=0.8)


def test_what_hardly_shows_is_taken_away_down_to_enough_faces() -> None:
    flat = grid(40).replace(materials=(RED, RED))
    flat = flat.replace(vertices=flat.vertices * (1.0, 0.001, 1.0), corner_uv=flat.corner_uv * 0.0)
    assert len(simplified(flat, enough_faces=100).faces) <= 100
    assert 900 < len(simplified(flat, enough_faces=1000).faces) <= 1000


def test_small_surfaces_stay_as_they_are_but_for_doubled_faces() -> None:
    cube = whole(box((1, 2, 3), (0, 0, 0), (1, 0, 0)))
    doubled = joined([cube, cube.replace(faces=cube.faces[:, ::-1])])
    assert len(welded(doubled).faces) == len(simplified(doubled).faces) == 12


def test_a_uniform_texture_becomes_its_colour_and_a_large_one_shrinks() -> None:
    plain = Material((1.0, 1.0, 1.0, 1.0), Image.open(io.BytesIO(png((10, 200, 30)))))
    busy = Material((1.0, 1.0, 1.0, 1.0), Image.open(io.BytesIO(png())))
    cube = whole(box((1, 1, 1), (0, 0, 0), (1, 0, 0)))
    surface = cube.replace(
        materials=(plain, busy), material_of_face=np.arange(12) % 2, corner_uv=np.random.rand(12, 3, 2)
    )
    small = with_small_textures(surface)
    assert small.materials[0].texture is None
    assert small.materials[0].colour[:3] == pytest.approx((10 / 255, 200 / 255, 30 / 255), abs=0.01)
    assert small.materials[1].texture is not None and small.materials[1].texture.size == (128, 256)


def test_glb_round_trip_through_the_renderers_reader(tmp_path: Path) -> None:
    surface = whole(box((0.4, 0.6, 1.0), (0, 0, 0.5), (0.25, 0.5, 0.75)))
    path = tmp_path / "box.glb"
    path.write_bytes(glb_bytes(surface, "box"))
    mesh = read_mesh(path)
    assert mesh.faces == 12
    assert mesh.bounds[1] == pytest.approx((0.2, 0.3, 1.0))
    assert mesh.colours[0, :3].astype(float) / 255 == pytest.approx((0.25, 0.5, 0.75), abs=0.01)


def test_creases_stay_hard_and_curves_smooth() -> None:
    cube = whole(box((1, 1, 1), (0, 0, 0), (1, 0, 0)))
    flat = face_normals(cube.vertices, cube.faces)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    assert corner_normals(cube) == pytest.approx(np.repeat(flat[:, None], 3, axis=1))
    sphere = welded(whole(ball(1.0, (0, 0, 0), (1, 0, 0), 32)))
    outward = sphere.vertices[sphere.faces]
    assert (corner_normals(sphere) * outward).sum(axis=2).min() > 0.97


def test_turning_goes_anticlockwise_seen_from_above() -> None:
    arrow = plain_surface(np.asarray([(0, 0, 0), (0, 0, 1), (0.1, 0, 0)]), np.asarray([(0, 1, 2)]), RED)
    assert turned(arrow, None, 90).vertices[1] == pytest.approx((1, 0, 0), abs=1e-9)  # front goes to the right


def test_placing_scales_and_stands_on_the_origin() -> None:
    surface = placed(whole(ball(1.0, (5, 5, 5), (1, 0, 0))), (2.0, 1.0, 3.0))
    low, high = surface.bounds
    assert low == pytest.approx((-1.0, 0.0, -0.5), abs=1e-9)
    assert high == pytest.approx((1.0, 3.0, 0.5), abs=1e-9)
    assert fitted_size(surface, (None, None, 1.5)) == pytest.approx((1.0, 0.5, 1.5))


def test_melted_bodies_are_closed_and_face_outwards() -> None:
    skin = body(
        [Bone((0, 0, 0), (0, 0, 1), (0.3, 0.2), (1, 0, 0)), Bone((0, 0, 1), (0.5, 0, 1), (0.2, 0.2), (0, 1, 0))],
        0.1,
        40,
    )
    edges = np.sort(np.concatenate([skin.faces[:, [0, 1]], skin.faces[:, [1, 2]], skin.faces[:, [2, 0]]]), axis=1)
    assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}
    corners = skin.vertices[skin.faces]
    volume = np.einsum("fc,fc->", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2]) / 6
    assert 0.2 < volume < 0.45


@pytest.mark.parametrize("name", sorted(PRIMITIVE_SHAPES))
def test_primitives_are_made_of_real_triangles(name: str) -> None:
    surface = PRIMITIVE_SHAPES[name]()
    assert np.isfinite(surface.vertices).all()
    assert surface.faces.max() < len(surface.vertices)
    assert surface.material_of_face.max() < len(surface.materials)
    assert (surface.bounds[1] - surface.bounds[0] > 1e-3).all()

"""Levels of detail: fewer triangles, the same shape and colours."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from sd3studio.render.levels import ERROR_OF_LEVEL, levels_of, packed_normals
from sd3studio.render.mesh_data import MeshData
from sd3studio.render.primitives import box_mesh, slab_mesh
from sd3studio.render.simplify import simplified


def as_mesh(solid: trimesh.Trimesh, colour: tuple[int, int, int, int] = (200, 40, 30, 255)) -> MeshData:
    count = len(solid.vertices)
    return MeshData(
        positions=np.asarray(solid.vertices, np.float32),
        normals=np.asarray(solid.vertex_normals, np.float32),
        uvs=np.zeros((count, 2), np.float32),
        colours=np.tile(np.array(colour, np.uint8), (count, 1)),
        layers=np.full(count, -1, np.int16),
        indices=np.asarray(solid.faces, np.uint32),
    )


@pytest.mark.parametrize("target", [400, 100, 40])
def test_a_sphere_stays_a_sphere(target: int) -> None:
    ball = trimesh.creation.icosphere(subdivisions=4)
    points, faces = simplified(ball.vertices, ball.faces, target)
    assert len(faces) <= target
    radii = np.linalg.norm(points, axis=1)
    assert radii.max() < 1.01
    assert radii.min() > 0.8


def test_a_flat_sheet_keeps_its_outline_and_plane() -> None:
    side = 21
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1).reshape(-1, 2) / (side - 1.0)
    points = np.c_[grid, np.zeros(len(grid))]
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1)
    quads = corner[:, None] + np.array([0, side, side + 1, 0, side + 1, 1])
    kept, faces = simplified(points, quads.reshape(-1, 3), 20)
    assert len(faces) <= 20
    area = np.linalg.norm(
        np.cross(kept[faces[:, 1]] - kept[faces[:, 0]], kept[faces[:, 2]] - kept[faces[:, 0]]), axis=1
    )
    assert area.sum() / 2.0 == pytest.approx(1.0, abs=0.02)
    assert np.abs(kept[:, 2]).max() < 1e-9


def test_loose_pieces_and_doubled_faces_do_not_stop_it() -> None:
    rng = np.random.default_rng(3)
    pieces = [trimesh.creation.box(extents=rng.uniform(0.01, 0.1, 3)) for _ in range(200)]
    for piece in pieces:
        piece.apply_translation(rng.uniform(-1, 1, 3))
    soup = trimesh.util.concatenate(pieces)
    faces = np.concatenate([soup.faces, soup.faces[:, ::-1]])
    _, fewer = simplified(soup.vertices, faces, 300)
    assert 0 < len(fewer) <= 300


def test_levels_shrink_and_keep_bounds_and_colour() -> None:
    mesh = as_mesh(trimesh.creation.icosphere(subdivisions=4))
    levels = levels_of(mesh, np.array([-1.0]))
    counts = [len(level.indices) // 3 for level in levels]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == mesh.faces
    assert counts[-1] <= 60
    for level, error in zip(levels, ERROR_OF_LEVEL, strict=True):
        assert np.array_equal(np.unique(level.vertices["colour"], axis=0), [[200, 40, 30, 255]])
        reach = np.abs(level.vertices["position"]).max()
        assert reach == pytest.approx(0.5, abs=max(2.0 * error, 1e-6))


def test_simplified_points_stay_near_the_surface() -> None:
    mesh = as_mesh(trimesh.creation.torus(1.0, 0.3, major_sections=64, minor_sections=32))
    cloud = cKDTree(mesh.unit_positions * mesh.extent)
    diagonal = float(np.linalg.norm(mesh.extent))
    for level, error in list(zip(levels_of(mesh, np.array([-1.0])), ERROR_OF_LEVEL, strict=True))[1:]:
        distance, _ = cloud.query(level.vertices["position"] * mesh.extent)
        assert np.median(distance) < (error + 0.02) * diagonal


@pytest.mark.parametrize("mesh", [box_mesh(), slab_mesh()], ids=["box", "slab"])
def test_primitives_are_closed_and_look_outwards(mesh: MeshData) -> None:
    points, index = np.unique(mesh.positions.round(6), axis=0, return_inverse=True)
    solid = trimesh.Trimesh(points, index.reshape(-1)[mesh.indices], process=False)
    assert solid.is_watertight
    assert solid.volume > 0.9
    assert (np.einsum("ij,ij->i", mesh.normals, mesh.positions - [0, 0, 0.5]) > 0).all()


def test_packed_normals_come_back() -> None:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    bits = packed_normals(normals)
    channels = np.stack([bits & 1023, bits >> 10 & 1023, bits >> 20 & 1023], axis=1).astype(int)
    channels[channels > 511] -= 1024
    assert np.abs(channels / 511.0 - normals).max() < 0.0011

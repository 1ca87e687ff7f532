"""labelCloud centroid JSON (https://github.com/ch-sa/labelCloud): boxes of a point cloud, angles in degrees.

Its x axis of a box is the length, along which the arrow of the heading points; ours is the depth, looking to -Y, so
its z angle is ours less 90 degrees. Boxes turn about z only; pitch and roll are written as its x and y angles, which
readers apply otherwise. Lost: everything of the photo, attributes, relations, camera, flags, ids.
"""

import json
import math
from pathlib import Path
from typing import Any

from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export.form import Export, left_out_notes, listed


def make(scene: Scene, path: Path) -> Export:
    """A label file of one scene."""
    notes = left_out_notes(scene, stuff=True)
    tilted = [thing.label for thing in scene.solid_objects() if thing.pitch or thing.roll]
    if tilted:
        notes.append(f"labelCloud turns boxes about z; the tilt of these is kept but read otherwise: {listed(tilted)}.")
    name = Path(scene.photo.path).name if scene.photo else f"{path.stem}.pcd"
    data = {
        "folder": Path(scene.photo.path).parent.name if scene.photo else "",
        "filename": name,
        "path": scene.photo.path if scene.photo else name,
        "objects": [_object(thing) for thing in scene.solid_objects()],
    }
    return Export(((path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()),), tuple(notes))


def _object(thing: SceneObject) -> dict[str, Any]:
    width, depth, height = thing.size
    angles = (thing.pitch, thing.roll, thing.yaw - math.pi / 2.0)
    return {
        "name": thing.label,
        "centroid": dict(zip("xyz", thing.center, strict=True)),
        "dimensions": {"length": depth, "width": width, "height": height},
        "rotations": {axis: math.degrees(angle) % 360.0 for axis, angle in zip("xyz", angles, strict=True)},
    }

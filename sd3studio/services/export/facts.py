"""What formats without a place for 3D keep of an object in a field of their own named ``sd3``, which others skip."""

from typing import Any

from sd3studio.core.scene.values import Relation, Scene, SceneObject


def facts_of(thing: SceneObject) -> dict[str, Any]:
    """The object in metres and radians, in plain JSON data; `sd3studio.services.import_` reads it again."""
    return {
        "id": thing.id,
        "label": thing.label,
        "category": thing.category,
        "attributes": list(thing.attributes),
        "center_m": list(thing.center),
        "size_m": list(thing.size),
        "yaw_rad": thing.yaw,
        "pitch_rad": thing.pitch,
        "roll_rad": thing.roll,
        "score": thing.provenance.score,
        "source": thing.provenance.source,
        "truncated": thing.truncated,
        "occluded": thing.occluded,
        "checked": thing.checked,
    }


def scene_facts(scene: Scene) -> dict[str, Any]:
    """Camera, title and stored relations of a scene, in plain JSON data."""
    return {
        "camera": scene.camera.model_dump(mode="json"),
        "title": scene.title,
        "sentence": scene.sentence,
        "relations": [relation_facts(relation) for relation in scene.relations],
    }


def relation_facts(relation: Relation) -> dict[str, Any]:
    """A relation with what differs from the usual."""
    return relation.model_dump(mode="json", exclude_defaults=True)

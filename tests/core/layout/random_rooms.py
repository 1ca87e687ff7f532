"""Random rooms in which everything stands as it should, and wishes that are true in them."""

import random

import numpy as np

from sd3studio.core.layout import drop_to_support, overlaps
from sd3studio.core.relations import RelationField
from sd3studio.core.relations.field import LAYERS
from sd3studio.core.scene import Camera, Relation, Scene, SceneObject

BIG = {
    "table": ("dining table", (1.4, 0.8, 0.75)),
    "chair": ("chair", (0.5, 0.5, 0.9)),
    "couch": ("couch", (1.9, 0.9, 0.85)),
    "bed": ("bed", (1.6, 2.0, 0.6)),
    "plant": ("potted plant", (0.4, 0.4, 0.9)),
    "cupboard": ("cupboard", (1.0, 0.45, 1.9)),
    "dog": ("dog", (0.3, 0.8, 0.6)),
    "man": ("person", (0.5, 0.35, 1.75)),
    "box": (None, (0.6, 0.5, 0.4)),
    "desk": ("desk", (1.2, 0.6, 0.74)),
}
SMALL = {
    "book": ("book", (0.15, 0.22, 0.03)),
    "cup": ("cup", (0.09, 0.09, 0.1)),
    "lamp": ("lamp", (0.25, 0.25, 0.45)),
    "laptop": ("laptop", (0.34, 0.25, 0.22)),
    "vase": ("vase", (0.15, 0.15, 0.3)),
    "cat": ("cat", (0.2, 0.45, 0.3)),
}
CARRIERS = {"table", "chair", "couch", "bed", "cupboard", "box", "desk"}


def random_room(rng: random.Random, count: int) -> Scene:
    """`count` things without interpenetration: big ones on the floor, small ones on the floor or on big ones."""
    scene = Scene(camera=Camera(position=(0.0, -8.0, 2.5), target=(0.0, 0.0, 0.5)))
    while len(scene.objects) < count:
        small = rng.random() < 0.45 and len(scene.objects) > 0
        name = rng.choice(sorted(SMALL if small else BIG))
        category, size = (SMALL if small else BIG)[name]
        yaw = rng.choice([0.0, 0.0, np.pi / 2, -np.pi / 2, np.pi, rng.uniform(-np.pi, np.pi)])
        carriers = [thing for thing in scene.objects.values() if thing.label in CARRIERS]
        center = (rng.uniform(-2.5, 2.5), rng.uniform(-2.5, 2.5), size[2] / 2)
        if small and carriers and rng.random() < 0.7:
            carrier = rng.choice(carriers)
            reach = 0.3 * min(carrier.size[:2])
            center = (
                carrier.center[0] + rng.uniform(-reach, reach),
                carrier.center[1] + rng.uniform(-reach, reach),
                carrier.center[2] + 0.5 * carrier.size[2] + size[2],
            )
        thing = SceneObject(id=scene.free_id(name), label=name, category=category, center=center, size=size, yaw=yaw)
        tried = scene.with_objects(thing)
        if center[2] > size[2] / 2 + 0.01:
            carrier_level = [drop_to_support(tried, thing.id)]
            seat = carrier.center[2] + (seat_share(carrier) - 0.5) * carrier.size[2]
            carrier_level.append(thing.replace(center=(*center[:2], seat + size[2] / 2)))
            tried = scene.with_objects(carrier_level[-1])
        if not overlaps(tried):
            scene = tried
    return scene


def seat_share(thing: SceneObject) -> float:
    from sd3studio.core.relations import support_of

    return support_of(thing).surface


def true_relations(scene: Scene, least: float = 0.65) -> list[Relation]:
    """All relations that grade at least `least`, in both frames."""
    field = RelationField(scene)
    found = []
    for layer, (predicate, frame) in enumerate(LAYERS):
        for i, j in np.argwhere(field.grades[layer] >= least):
            found.append(Relation(subject=field.ids[i], predicate=predicate, object=field.ids[j], frame=frame))
    return found


def scattered(rng: random.Random, scene: Scene) -> Scene:
    """The same things elsewhere, all on the floor, turned at random, without interpenetration."""
    while True:
        things = []
        for thing in scene.objects.values():
            center = (rng.uniform(-4, 4), rng.uniform(-4, 4), thing.size[2] / 2)
            things.append(thing.replace(center=center, yaw=rng.choice([0.0, thing.yaw, rng.uniform(-np.pi, np.pi)])))
        new = scene.with_objects(*things)
        if not overlaps(new):
            return new


def consistent_case(seed: int) -> tuple[Scene, list[Relation]]:
    """A scattered room, and wishes that were all true together before; yaws that no wish asks for are kept."""
    rng = random.Random(seed)
    room = random_room(rng, rng.randint(3, 7))
    relations = true_relations(room)
    wishes = rng.sample(relations, min(len(relations), rng.randint(2, 6)))
    start = scattered(rng, room)
    turning = {wish.subject for wish in wishes if wish.predicate.value.startswith("facing")}
    kept = [start.objects[name].replace(yaw=thing.yaw) for name, thing in room.objects.items() if name not in turning]
    return start.with_objects(*kept), wishes

"""From what was read in a photo to a `Scene`: every number that is a guess says so in its provenance."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import CatalogueEntry
from sd3studio.core.scene.masks import encode_mask
from sd3studio.core.scene.values import PhotoRef, Provenance, Scene, SceneObject
from sd3studio.core.size_priors import catalogue_or_none
from sd3studio.ml.parsing.concepts import Place
from sd3studio.ml.parsing.evidence import posture_of
from sd3studio.ml.parsing.lifting import Lifted, heading_of
from sd3studio.ml.parsing.looks import colour_words
from sd3studio.ml.parsing.picture import Photo
from sd3studio.ml.parsing.stuff import Stuff

Bools = NDArray[np.bool_]

COLOURED = 0.45
"""Share of a mask that must have one colour before the thing is called by it."""

GROUND_NAMES = frozenset({"floor", "road", "ground", "grass", "sand", "snow", "water", "gravel"})
NO_COLOUR = frozenset({"person"})
"""People are not called by the colour of their clothes (it reads as that of their skin)."""

BEHIND_M = 1.5
"""A wall or the sky stands so far behind the farthest thing, at least."""


DEFAULT_BONUS = 0.6
"""Sum of log ratios of proportions by which another mesh must fit better than the default of its class."""


def assemble(
    photo: Photo,
    lifted: Lifted,
    masks: Sequence[Bools | None],
    stuff: Sequence[Stuff],
    place: Place | None,
    detector: str,
) -> Scene:
    """The scene of one photo. Objects come in the order of the detections, then stuff, then the place."""
    names = _free_names(
        [d.label for d in lifted.detections] + [s.label for s in stuff] + ([place.name] if place else [])
    )
    parent = names[-1] if place else None
    things = [_thing(photo, lifted, i, names[i], masks[i], parent, detector) for i in range(len(lifted.detections))]
    things += [
        _stretch(lifted, piece, name, parent)
        for piece, name in zip(stuff, names[len(things) : len(things) + len(stuff)], strict=True)
    ]
    if place:
        things.append(_concept(place, names[-1], things))
    reference = PhotoRef(path=str(photo.path), width=photo.width, height=photo.height, sha256=photo.sha256)
    return Scene.of(things, camera=lifted.camera, photo=reference, title=photo.path.stem[:200])


def _free_names(stems: Sequence[str]) -> list[str]:
    """Ids made of labels: chair, chair-2, ..."""
    taken: dict[str, int] = {}
    names = []
    for stem in stems:
        plain = "".join(c if c.isalnum() else "-" for c in stem.lower()).strip("-")[:48] or "object"
        taken[plain] = taken.get(plain, 0) + 1
        names.append(plain if taken[plain] == 1 else f"{plain}-{taken[plain]}")
    return names


def _thing(
    photo: Photo, lifted: Lifted, index: int, name: str, mask: Bools | None, parent: str | None, detector: str
) -> SceneObject:
    detection, prior = lifted.detections[index], lifted.evidence.priors[index]
    view = lifted.distances.view[index]
    pose = prior.poses[lifted.views.pose[index, view]]
    size = lifted.placed.size[index]
    colour = colour_words(photo.pixels, mask) if mask is not None and detection.label not in NO_COLOUR else None
    sure_colour = colour if colour and colour[2] >= COLOURED else None
    guesses = _guesses(lifted, index)
    attributes = []
    if pose.name and len(prior.poses) > 1:
        guesses["mesh"] = f"{pose.name}: the shape of the box fits it best"
    if posture := posture_of(lifted.evidence, index):
        attributes.append(posture[0])
        guesses["attributes"] = f"{posture[0]}: {posture[1]}"
    if sure_colour:
        attributes.append(sure_colour[0])
        guesses["colour"] = f"dominant colour inside the mask ({sure_colour[2]:.0%} of it)"
    mesh = nearest_mesh(detection.label, size, pose.name)
    return SceneObject(
        id=name,
        label=detection.label,
        category=detection.label,
        attributes=tuple(attributes),
        center=tuple(lifted.placed.center[index].tolist()),
        size=tuple(np.maximum(size, 0.005).tolist()),
        yaw=_wrapped(float(lifted.placed.yaw[index])),
        mesh=mesh.id if mesh else None,
        colour=sure_colour[1] if sure_colour else None,
        parent=parent,
        provenance=Provenance(
            source="photo",
            score=min(max(detection.score, 0.0), 1.0),
            detail=f"{detector}; distance from {lifted.distances.reasons[index]}"[:1000],
            priors=guesses,
        ),
        photo_box=detection.box,
        mask=encode_mask(mask) if mask is not None else None,
    )


def _guesses(lifted: Lifted, index: int) -> dict[str, str]:
    """Field -> why its value rests on a prior."""
    label, cut = lifted.evidence.labels[index], lifted.evidence.cut[index]
    spread = math.exp(float(lifted.distances.spread[index])) - 1.0
    known = lifted.evidence.priors[index].from_data
    typical = f"typical size of a {label}" if known else "size of a middling thing: the class is unknown"
    guesses = {
        "center": f"distance within about {spread:.0%}: {lifted.distances.reasons[index]}, with the {typical}",
        "size": f"scaled with the distance; its depth is the {typical}",
    }
    if cut.any() or lifted.evidence.hidden_feet[index]:
        guesses["size"] = f"{typical} where the frame or another thing hides its end"
    heading = heading_of(lifted, index)
    turns = lifted.evidence.priors[index].turns
    if turns == "none":
        guesses["yaw"] = "a round thing has no front"
    elif heading == "front":
        guesses["yaw"] = "taken to face the camera; the box does not tell front from back"
    else:
        guesses["yaw"] = f"seen from the {heading}" if heading == "side" else "seen obliquely"
        guesses["yaw"] += " by the shape of its box; left or right is a guess"
    if not lifted.viewpoint.focal_known:
        guesses["center"] += "; the focal length is assumed"
    return guesses


def nearest_mesh(label: str, size_m: NDArray[np.float64], pose: str) -> CatalogueEntry | None:
    """The catalogue entry of this class that fits the proportions, one in the same pose first; None without one.

    The class's default is taken unless another fits clearly better: proportions read from a photo are rough.
    """
    catalogue = catalogue_or_none()
    category = catalogue.category_of(label) if catalogue else None
    entries = catalogue.of_category(category) if catalogue and category else ()
    if not entries:
        return None
    wanted = np.log(size_m) - np.log(size_m).mean()

    def misfit(entry: CatalogueEntry) -> float:
        have = np.log(entry.size)
        closeness = float(np.abs(have - have.mean() - wanted).sum())
        closeness -= DEFAULT_BONUS if entry is entries[0] else 0.0
        return closeness - (2.0 if pose and pose in entry.attributes else 0.0)

    return min(entries, key=misfit)


def _wrapped(angle_rad: float) -> float:
    return math.atan2(math.sin(angle_rad), math.cos(angle_rad))


def _stretch(lifted: Lifted, piece: Stuff, name: str, parent: str | None) -> SceneObject:
    """Ground as a flat slab below z = 0, walls and sky as an upright slab behind everything."""
    camera = np.asarray(lifted.camera.position)
    farthest = float((lifted.placed.center[:, 1] - camera[1]).max(initial=4.0))
    reach = farthest + BEHIND_M
    half_width = 0.5 * lifted.camera.width / lifted.camera.focal_px * reach
    if piece.label in GROUND_NAMES:
        depth = reach + 2.0
        size = (max(4.0, 2.4 * half_width), depth, 0.02)
        center = (0.0, float(camera[1] + depth / 2.0 - 1.0), -0.01)
        shape = "a flat slab under everything"
    else:
        far = max(60.0, 1.5 * reach) if piece.label == "sky" else reach
        height = max(2.6, 2.0 * camera[2]) if piece.label == "wall" else 0.6 * far
        size = (max(4.0, 2.4 * half_width * far / reach), 0.1, height)
        center = (0.0, float(camera[1] + far), height / 2.0)
        shape = "an upright slab behind everything"
    return SceneObject(
        id=name,
        label=piece.label,
        kind="stuff",
        center=center,
        size=size,
        colour=piece.colour,
        parent=parent,
        provenance=Provenance(
            source="photo",
            score=piece.score,
            detail=f"guess: {piece.reason}"[:1000],
            priors={"label": "guessed from simple cues of colour and place", "center": shape, "size": shape},
        ),
        mask=encode_mask(piece.mask) if piece.mask is not None else None,
    )


def _concept(place: Place, name: str, things: Sequence[SceneObject]) -> SceneObject:
    """The place as a concept around all its things."""
    solid = [t for t in things if t.kind == "object"]
    low = np.min([np.subtract(t.center, np.divide(t.size, 2)) for t in solid], axis=0)
    high = np.max([np.add(t.center, np.divide(t.size, 2)) for t in solid], axis=0)
    return SceneObject(
        id=name,
        label=place.name,
        kind="concept",
        center=tuple(((low + high) / 2).tolist()),
        size=tuple(np.maximum(high - low, 0.1).tolist()),
        provenance=Provenance(
            source="photo",
            score=place.score,
            detail="guess from the kinds of things found",
            priors=dict.fromkeys(("label",), "guessed from the kinds of things found")
            | dict.fromkeys(("center", "size"), "around its things"),
        ),
    )

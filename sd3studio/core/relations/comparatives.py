"""Comparatives for captions: bigger, taller, nearer, as graded functions of every subject with every object."""

from collections.abc import Callable

import numpy as np

from sd3studio.core.relations.geometry import Bodies, Floats, ramp
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate


def _more(values_a: Floats, values_b: Floats, just: float, plain: float) -> Floats:
    """(R, C) grade of the first being larger: 0 at a ratio of `just`, 1 at `plain`."""
    ratio = np.log(np.maximum(values_a, 1e-9))[:, None] - np.log(np.maximum(values_b, 1e-9))[None, :]
    return ramp(ratio, np.log(just), np.log(plain))


def bigger(subjects: Bodies, objects: Bodies, camera: Camera) -> Floats:
    """(R, C) the subject's box has more volume: a true border at 1.4 times as much."""
    return _more(subjects.volume, objects.volume, 1.1, 1.8)


def taller(subjects: Bodies, objects: Bodies, camera: Camera) -> Floats:
    """(R, C) the subject is higher from base to top: a true border at 1.1 times as high."""
    return _more(subjects.half_z, objects.half_z, 1.02, 1.2)


def nearer(subjects: Bodies, objects: Bodies, camera: Camera) -> Floats:
    """(R, C) the subject's centre is closer to the camera: a true border at 1.09 times the distance."""
    at = np.asarray(camera.position)
    distances = (np.linalg.norm(bodies.center - at, axis=1) for bodies in (objects, subjects))
    farther, closer = distances
    return _more(farther, closer, 1.02, 1.16).T


COMPARE: dict[Predicate, Callable[[Bodies, Bodies, Camera], Floats]] = {
    Predicate.BIGGER: bigger,
    Predicate.TALLER: taller,
    Predicate.NEARER: nearer,
}

"""Where a scene is, in words: "in a kitchen", "on a street"; by its concept, else by what is on the ground."""

from collections import Counter

from sd3studio.core.language.nouns import words
from sd3studio.core.language.wording import indefinite
from sd3studio.core.scene.values import Scene

_ON = words(
    "street road beach field slope court pitch lawn square bridge platform hill mountain grass sand snow gravel"
)
_AT = words("railway station airport crossing pool")
_WITH_THE = words("countryside sky sea ocean forest desert jungle water")
_TELLING_GROUND = words("grass road street sand snow gravel water sidewalk pavement beach field")
"""Ground that says where one is; a floor may be anywhere."""


def setting_of(scene: Scene) -> str:
    """The label of the place that a scene shows: the concept with most parts, else telling ground; or empty."""
    shown = [thing for thing in scene.objects.values() if not thing.hidden]
    parts = Counter(thing.parent for thing in shown if thing.parent)
    concepts = [thing for thing in shown if thing.kind == "concept"]
    if concepts:
        return max(concepts, key=lambda thing: parts[thing.id]).label.lower()
    ground = [thing.label.lower() for thing in shown if thing.kind == "stuff"]
    return next((label for label in ground if label.split()[-1] in _TELLING_GROUND), "")


def named_setting(label: str) -> str:
    """ "a kitchen", "the countryside", "grass"; empty for an empty label."""
    last = label.split()[-1] if label else ""
    if last in _WITH_THE:
        return f"the {label}"
    if not label or last in ("grass", "sand", "snow", "gravel"):
        return label
    return indefinite(label, label)


def where_setting(label: str) -> str:
    """ "in a kitchen", "on a street"; empty for an empty label."""
    last = label.split()[-1] if label else ""
    preposition = "on" if last in _ON or last == "water" else "at" if last in _AT else "in"
    return f"{preposition} {named_setting(label)}" if label else ""

"""Captions by templates: styles and lengths, with variables of the photo and facts of its scene.

``{caption}`` is the sentence about the whole scene, ``{facts:3}`` up to three sentences about pairs of things. What
stands in square brackets is left out when a variable in it is empty: ``[Taken in {place}. ]{caption}``.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from sd3studio.core.errors import InputError
from sd3studio.core.language.captions import captions_of
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.language.settings_said import named_setting, setting_of, where_setting
from sd3studio.core.language.wording import counted, indefinite, is_plural, listed
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.caption import Caption, Fact
from sd3studio.core.scene.values import Scene

STYLES: dict[str, str] = {
    "sentence": "{caption}",
    "detailed": "{caption} {facts:4}",
    "facts": "{facts:8}",
    "tags": "{tags}",
    "objects": "{objects}.",
    "dated": "[{date}: ]{caption}[ Taken {where}.]",
    "prompt": "{prompt}",
    "model": "{model}",
}
"""The styles that are always there: name -> template."""
DEFAULT_STYLE = "sentence"

OF_PHOTO: dict[str, str] = {
    "place": "where it was taken: Paris, France; if the file does not tell, what the scene shows: a kitchen",
    "where": "the same with its preposition: in Paris, France; in a kitchen; on a street",
    "coordinates": "the same by satellite: 48.8584 N, 2.2945 E",
    "date": "day on which it was taken, 2024-05-31",
    "time": "time of day, 14:05",
    "year": "the year",
    "camera": "maker and model of the camera",
    "focal": "focal length, 35 mm",
    "filename": "name of the file without its ending",
    "folder": "name of the folder",
}
"""Variables that the photo's file tells."""
OF_SCENE: dict[str, str] = {
    "caption": "one sentence about the whole scene",
    "facts": "sentences about pairs of things; {facts:3} says three at most",
    "objects": "what is there: two chairs, a table and a lamp",
    "tags": "the labels, separated by commas",
    "count": "how many things there are",
    "prompt": "the scene as a prompt for image models",
    "model": "sentences written by SD3 mini, checked against the geometry",
}
"""Variables that the scene tells."""
NOTHING = "A photo."
"""What is said where nothing is known; it counts as too general."""
MOST_FACTS = 8
MOST_CHARACTERS = 4_000

_VARIABLE = re.compile(r"\{([a-z_]+)(?::(\d{1,2}))?\}")
_WHOLE = r"\{(?:caption|model|facts(?::\d{1,2})?)\}"
"""Variables that are whole sentences."""
_CLAUSE = re.compile(rf"{_WHOLE}[.,;!?]*\s*|(?:(?!{_WHOLE})[^.,;!?])+[.,;!?]*\s*|[.,;!?]+\s*")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


def check_template(template: str) -> str:
    """The template. Raises `InputError` that names an unknown variable or a brace that stands alone."""
    for name, number in _VARIABLE.findall(template):
        if name not in OF_PHOTO and name not in OF_SCENE:
            known = ", ".join((*OF_SCENE, *OF_PHOTO))
            raise InputError(f"A caption template has no variable {{{name}}}. There are: {known}.")
        if number and name != "facts":
            raise InputError(f"Only {{facts:3}} takes a number, not {{{name}}}.")
    if "{" in _VARIABLE.sub("", template) or "}" in _VARIABLE.sub("", template):
        raise InputError(f"A brace in the caption template stands alone: {template[:80]}")
    if not template.strip():
        raise InputError("The caption template is empty. Use at least {caption}.")
    return template


def uses(template: str) -> frozenset[str]:
    """Names of the variables in a template."""
    return frozenset(name for name, _ in _VARIABLE.findall(template))


def caption_in_style(
    scene: Scene,
    template: str,
    about: Mapping[str, str] | None = None,
    field: RelationField | None = None,
    written: Sequence[Caption] = (),
) -> Caption:
    """The sentence that a template makes of a scene, with the facts it states.

    Parameters
    ----------
    about : variables of the photo (`OF_PHOTO`); those that are not given are empty
    field : the graded relations of the scene, if they are at hand
    written : what SD3 mini wrote about the scene, for ``{model}``; without it that is the sentence by rule

    Raises
    ------
    InputError
        The template is not valid.
    """
    check_template(template)
    made = _Variables(scene, dict(about or {}), field, tuple(written), uses(template))

    def optional(found: re.Match[str]) -> str:
        names = uses(found[1])
        return found[1] if all(made.value(name) for name in names) else ""

    text = _without_empty_clauses(_OPTIONAL.sub(optional, template), made.value)
    text = _VARIABLE.sub(lambda m: made.value(m[1], int(m[2]) if m[2] else MOST_FACTS), text)
    text = _tidy(text)
    maker = "model" if made.by_model else "rule"
    return Caption(text=text or NOTHING, facts=tuple(dict.fromkeys(made.facts)), maker=maker, scope="scene")


def _without_empty_clauses(template: str, value: Callable[[str], str]) -> str:
    """The template without clauses that say nothing, as all variables in them are empty: "Taken in {place}."."""
    kept, lost_end = [], False
    for clause in _CLAUSE.findall(template):
        names = uses(clause)
        if names and not any(value(name) for name in names):
            lost_end = clause.rstrip().endswith((".", "!", "?")) and bool(kept)
            continue
        if lost_end:
            kept[-1] = f"{kept[-1].rstrip(' ,;')}. "
        kept.append(clause)
        lost_end = False
    if lost_end:
        kept[-1] = f"{kept[-1].rstrip(' ,;.')}."
    return "".join(kept)


class _Variables:
    """Values of variables; what a sentence states is collected in `facts`."""

    def __init__(
        self,
        scene: Scene,
        about: Mapping[str, str],
        field: RelationField | None,
        written: tuple[Caption, ...],
        used: frozenset[str],
    ) -> None:
        self.scene, self.about, self.written, self.used = scene, about, written, used
        self.field = field if field is not None and field.scene is scene else RelationField(scene)
        self.facts: list[Fact] = []
        self.by_model = False
        self._captions: tuple[Caption, ...] | None = None
        self._of_scene: dict[str, Callable[[int], str]] = {
            "caption": self._caption,
            "facts": self._pairs,
            "objects": lambda _: listed(_inventory(scene)),
            "tags": lambda _: ", ".join(_labels(scene)),
            "count": lambda _: str(len(scene.solid_objects())),
            "prompt": lambda _: prompt_of(scene, field=self.field),
            "model": self._model,
            "place": lambda _: about.get("place", "").strip() or named_setting(self._setting()),
            "where": self._where,
        }

    def value(self, name: str, number: int = MOST_FACTS) -> str:
        """The value of a variable; empty where nothing is known."""
        if name in self._of_scene:
            return self._of_scene[name](number)
        return self.about.get(name, "").strip()

    def _all(self) -> tuple[Caption, ...]:
        if self._captions is None:
            self._captions = captions_of(self.scene, MOST_FACTS + 1, field=self.field)
        return self._captions

    def _where(self, _: int) -> str:
        named = self.about.get("place", "").strip()
        return f"in {named}" if named else where_setting(self._setting())

    def _setting(self) -> str:
        """What place the scene shows; empty where the sentence of the same template says it."""
        setting = setting_of(self.scene)
        said = next((c.text.lower() for c in self._all() if c.scope == "scene"), "") if "caption" in self.used else ""
        return "" if setting and setting in said else setting

    def _caption(self, _: int) -> str:
        for caption in self._all():
            if caption.scope == "scene":
                self.facts += caption.facts
                return caption.text
        return ""

    def _pairs(self, number: int) -> str:
        pairs = [caption for caption in self._all() if caption.scope != "scene"][:number]
        self.facts += [fact for caption in pairs for fact in caption.facts]
        return " ".join(caption.text for caption in pairs)

    def _model(self, number: int) -> str:
        if not self.written:
            return self._caption(number)
        self.by_model = any(caption.maker == "model" for caption in self.written)
        self.facts += [fact for caption in self.written for fact in caption.facts]
        return " ".join(caption.text for caption in self.written)


def _labels(scene: Scene) -> list[str]:
    """Labels of things, then of stuff and places, each once; more of a kind come first."""
    counts: dict[str, int] = {}
    for thing in scene.objects.values():
        if not thing.hidden:
            counts[thing.label.lower()] = counts.get(thing.label.lower(), 0) + (thing.kind == "object")
    return sorted(counts, key=lambda label: -counts[label])


def _inventory(scene: Scene) -> list[str]:
    counts: dict[str, int] = {}
    for thing in scene.solid_objects():
        counts[thing.label] = counts.get(thing.label, 0) + 1
    named = sorted(counts, key=lambda label: -counts[label])
    return [indefinite(n, n) if is_plural(n) else counted(counts[n], n) for n in named]


def _tidy(text: str) -> str:
    """One space between words, none before a full stop, no empty brackets left of missing variables."""
    text = re.sub(r"\(\s*\)", "", " ".join(text.split()))
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    text = re.sub(r"[,;]+\s*([:.])", r"\1", text)
    text = re.sub(r"([.!?])\s*[.](?!\.)", r"\1", text)
    return text.strip(" ,;:")[:MOST_CHARACTERS] if text.strip(" ,;:.") else ""

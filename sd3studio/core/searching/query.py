"""What is searched for: things with numbers and attributes, the relations among them, things that must not be there."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.language.wording import plural
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Unit, Value

View = Literal["either", "space", "picture"]
"""In which sense a relation is meant: in space, in the picture, or in one of the two."""

MOST_WANTED = 8
Label = Annotated[str, Field(min_length=1, max_length=200)]


class WantedThing(Value):
    """Something that must be there.

    Parameters
    ----------
    label : noun, lower case
    also : other nouns that will do as well ("cat or dog")
    attributes : "red", "sitting"
    at_least, at_most : how many; None is no bound; 0 is something that need not be there
    box : where it is about, as shares of the picture (a drawn layout), or None
    """

    label: Label
    also: Annotated[tuple[Label, ...], Field(max_length=8)] = ()
    attributes: Annotated[tuple[Label, ...], Field(max_length=16)] = ()
    at_least: Annotated[int, Field(ge=0, le=100)] = 1
    at_most: Annotated[int, Field(ge=1, le=100)] | None = None
    box: tuple[Unit, Unit, Unit, Unit] | None = None


class WantedRelation(Value):
    """A relation between two of the wanted things, by their numbers; one that is `denied` must not hold."""

    subject: Annotated[int, Field(ge=0)]
    predicate: Predicate
    object: Annotated[int, Field(ge=0)]
    view: View = "either"
    denied: bool = False


class SceneQuery(Value):
    """A whole query. Raises `pydantic.ValidationError` if a relation names a thing that is not there.

    `absent` are labels of which there must be none; `notes` say what of the query was not understood.
    """

    text: Annotated[str, Field(max_length=10_000)] = ""
    things: Annotated[tuple[WantedThing, ...], Field(max_length=MOST_WANTED)] = ()
    relations: Annotated[tuple[WantedRelation, ...], Field(max_length=64)] = ()
    absent: Annotated[tuple[Label, ...], Field(max_length=MOST_WANTED)] = ()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for relation in self.relations:
            if max(relation.subject, relation.object) >= len(self.things):
                raise ValueError(f"relation {relation.predicate.value!r} names a thing that is not wanted")
            if relation.subject == relation.object:
                raise ValueError(f"relation {relation.predicate.value!r} joins a thing with itself")
        return self

    @property
    def asserted(self) -> tuple[WantedRelation, ...]:
        """The relations that must hold."""
        return tuple(relation for relation in self.relations if not relation.denied)

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return not self.things and not self.absent

    def said(self) -> str:
        """The query as it was understood, for people: "dog to the left of sofa; no person"."""
        parts = [
            f"{_named(self.things[r.subject])} {'not ' if r.denied else ''}{r.predicate.value} "
            f"{_named(self.things[r.object])}"
            for r in self.relations
        ]
        related = {end for r in self.relations for end in (r.subject, r.object)}
        parts += [_named(thing) for number, thing in enumerate(self.things) if number not in related]
        parts += [f"no {label}" for label in self.absent]
        return "; ".join(parts)


def _named(thing: WantedThing) -> str:
    number = ""
    low, high = thing.at_least, thing.at_most
    if high is not None:
        number = f"exactly {low} " if high == low else f"{low} to {high} " if low else f"at most {high} "
    elif low > 1:
        number = f"at least {low} "
    names = [plural(name) if max(low, high or 1) > 1 else name for name in (thing.label, *thing.also)]
    return f"{number}{' '.join((*thing.attributes, ' or '.join(names)))}"

"""What a parser read in a text, before anything has a size or a place: mentions and triples (the TSG of the paper)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Value
from sd3studio.core.scene.values import Frame

Language = Literal["en", "zh"]
Index = Annotated[int, Field(ge=0)]
MAX_COUNT = 100
"""More of one thing than this is written as the plural of one mention, not as so many objects."""


class Mention(Value):
    """One thing that the text speaks of; later mentions of the same thing are merged into it.

    Parameters
    ----------
    head : head noun, lemma ("line")
    noun : head noun with its compounds, lemmas ("power line"); Chinese nouns are kept as written
    phrase : as written where it is first named ("the long power lines")
    attributes : "blue", "wooden", "lying"; numbers, determiners and possessors are left out
    count : number of things; a plural without a number counts 1 and has `plural` set
    plural : more than one, how many is not said
    also : further nouns by which it may be meant: "book" in "a pile of books", "road" in "the side of the road"
    whole : index of the mention that it is a part of or belongs to ("his head"), or None
    start, end : characters in the text
    implied : the text does not name it: the walls of "a lamp in the corner"
    """

    head: Annotated[str, Field(min_length=1, max_length=200)]
    noun: Annotated[str, Field(min_length=1, max_length=200)]
    phrase: Annotated[str, Field(min_length=1, max_length=2_000)]
    attributes: tuple[str, ...] = ()
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    plural: bool = False
    also: tuple[str, ...] = ()
    whole: Index | None = None
    start: Index = 0
    end: Index = 0
    implied: bool = False


class TextTriple(Value):
    """Subject, predicate, object, by index into the mentions, and the words that say it."""

    subject: Index
    predicate: Predicate
    object: Index
    frame: Frame = "camera"
    words: str = ""

    @property
    def key(self) -> tuple[int, Predicate, int, Frame]:
        """What makes two triples the same statement."""
        return self.subject, self.predicate, self.object, self.frame


class TextGraph(Value):
    """Mentions and triples of one text. Raises `pydantic.ValidationError` if an index names no mention."""

    text: str
    language: Language
    mentions: tuple[Mention, ...] = ()
    triples: tuple[TextTriple, ...] = ()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _indices_fit(self) -> Self:
        number = len(self.mentions)
        for triple in self.triples:
            if max(triple.subject, triple.object) >= number:
                raise ValueError(f"triple {triple.words!r} names a mention that is not there")
            if triple.subject == triple.object:
                raise ValueError(f"triple {triple.words!r} joins {self.mentions[triple.subject].noun!r} with itself")
        for mention in self.mentions:
            if mention.whole is not None and mention.whole >= number:
                raise ValueError(f"{mention.phrase!r} is part of a mention that is not there")
        return self

    def named(self) -> tuple[tuple[str, Predicate, str], ...]:
        """The triples with nouns in place of indices, for people and tests."""
        return tuple((self.mentions[t.subject].noun, t.predicate, self.mentions[t.object].noun) for t in self.triples)

"""Synonyms and kinds of nouns for visible things, from our extract of WordNet 3.1 and an own list of everyday words.

``resources/language/nouns.txt`` is rebuilt by `sd3studio.services.noun_list`; ``synonyms.txt`` is ours: lines of words
that people use for the same thing, and lines of kinds ("water: sea, lake").
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.language.nouns import LANGUAGE_FOLDER

GENERAL_DEPTH = 5
"""Synsets nearer to the root than this ("object", "whole", "artifact") are no useful kind of anything."""


@dataclass(slots=True)
class NounNet:
    """Nouns, their usual senses in order, the kind of each sense."""

    senses: dict[str, list[int]] = field(default_factory=dict)
    """Noun -> synsets, most usual first."""
    parent: dict[int, int] = field(default_factory=dict)
    """Synset -> its hypernym."""
    words: dict[int, list[str]] = field(default_factory=dict)
    """Synset -> nouns."""
    groups: dict[str, set[int]] = field(default_factory=dict)
    """Noun -> groups of our own list of synonyms."""
    members: list[tuple[str, ...]] = field(default_factory=list)
    """Group -> its nouns."""
    special: dict[str, set[str]] = field(default_factory=dict)
    """General noun -> nouns for kinds of it, from our own list."""

    def __contains__(self, noun: str) -> bool:
        return noun in self.senses

    def kinds(self, synset: int, steps: int = 32) -> list[int]:
        """The hypernyms of a synset, nearest first, at most `steps` of them, without those too general to tell."""
        chain = []
        while synset in self.parent:
            synset = self.parent[synset]
            chain.append(synset)
        return chain[: max(0, min(steps, len(chain) - GENERAL_DEPTH))]

    def equals(self, noun: str) -> list[str]:
        """The other nouns of its lines in our own list."""
        return [word for group in sorted(self.groups.get(noun, ())) for word in self.members[group] if word != noun]

    def synonyms(self, first: str, second: str) -> bool:
        """Whether two nouns can mean the same thing: equal, in one synset, or in one line of our own list."""
        if first == second:
            return True
        if self.groups.get(first, set()) & self.groups.get(second, set()):
            return True
        return bool(set(self.senses.get(first, ())) & set(self.senses.get(second, ())))

    def is_kind(self, special: str, general: str) -> bool:
        """Whether one noun names a kind of the other ("man", "person"; "zebra", "animal"), by either list."""
        if special in self.special.get(general, ()):
            return True
        wanted = set(self.senses.get(general, ()))
        return any(wanted & set(self.kinds(sense)) for sense in self.senses.get(special, ()))

    def distance_up(self, noun: str) -> list[str]:
        """Nouns for ever more general kinds of this noun's first sense, nearest first: "collie" -> ..., "dog"."""
        found: list[str] = []
        for sense in self.senses.get(noun, ())[:1]:
            for kind in self.kinds(sense):
                found += self.words.get(kind, ())
        return found


def _rows(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    except OSError as error:
        raise DataError(f"The word list {path} can't be read: {error.strerror}") from error


def read_noun_net(folder: Path) -> NounNet:
    """Read ``nouns.txt`` and ``synonyms.txt``. Raises `DataError` naming file and line."""
    net = NounNet()
    ranked: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, line in enumerate(_rows(folder / "nouns.txt"), start=1):
        try:
            own, parent, *rest = line.split(" ", 2)
            synset = int(own)
            if parent != "-":
                net.parent[synset] = int(parent)
        except ValueError as error:
            raise DataError(
                f"Line {number} of {folder / 'nouns.txt'} is not “number parent words”: {line!r}"
            ) from error
        for word in rest[0].split(",") if rest else ():
            noun = word.rstrip("~")
            ranked[noun].append((len(word) - len(noun), synset))
            net.words.setdefault(synset, []).append(noun)
    net.senses = {noun: [synset for _, synset in sorted(found)] for noun, found in ranked.items()}
    _read_own_list(folder / "synonyms.txt", net)
    return net


def _read_own_list(path: Path, net: NounNet) -> None:
    """Lines "word, word" are synonyms, lines "general: word, word" kinds."""
    for line in _rows(path):
        general, colon, rest = line.rpartition(":")
        nouns = tuple(word.strip() for word in rest.split(",") if word.strip())
        if colon:
            net.special.setdefault(general.strip(), set()).update(nouns)
            continue
        for noun in nouns:
            net.groups.setdefault(noun, set()).add(len(net.members))
        net.members.append(nouns)


@cache
def noun_net() -> NounNet:
    """The nouns that ship with the program."""
    return read_noun_net(LANGUAGE_FOLDER)

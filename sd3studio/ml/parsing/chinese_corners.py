"""Corners of a room in Chinese: what is in a 墙角 is at two walls, as in `english_corners`."""

from collections.abc import Sequence

from sd3studio.core.language.text_graph import Mention, TextTriple
from sd3studio.core.scene.predicates import Predicate

PLACED = (Predicate.IN, Predicate.ON, Predicate.NEXT_TO)


def at_walls(
    mentions: Sequence[Mention], triples: Sequence[TextTriple]
) -> tuple[tuple[Mention, ...], tuple[TextTriple, ...]]:
    """The mentions and triples of a text with two walls in place of each corner that something is in.

    Walls that the text does not name are implied. What is in a corner of a room is in the room.
    """
    corners = {index for index, mention in enumerate(mentions) if mention.head == "corner"}
    corners &= {triple.object for triple in triples if triple.predicate in PLACED}
    if not corners:
        return tuple(mentions), tuple(triples)
    kept = [index for index in range(len(mentions)) if index not in corners]
    said = [mentions[index] for index in kept]
    nouns = {mention.noun for mention in said}
    usual = "left" if "left wall" in nouns and "right wall" not in nouns else "right"
    walls: dict[int, tuple[int, int]] = {}
    for corner in sorted(corners):
        side = mentions[corner].noun.removesuffix("corner").strip() or usual
        walls[corner] = (_wall(said, "back wall", mentions[corner]), _wall(said, f"{side} wall", mentions[corner]))
    rooms = {t.subject: t.object for t in triples if t.subject in corners and t.object not in corners}
    now = {old: new for new, old in enumerate(kept)}
    found: dict[tuple, TextTriple] = {}
    for triple in triples:
        if triple.subject in corners:
            continue
        ends = [(triple.predicate, triple.object)]
        if triple.object in corners:
            ends = [(Predicate.IN, rooms[triple.object])] if triple.object in rooms else []
        read = [triple.replace(subject=now[triple.subject], predicate=how, object=now[end]) for how, end in ends]
        if triple.object in corners:
            at = {"subject": now[triple.subject], "predicate": Predicate.NEXT_TO}
            read += [triple.replace(object=wall, **at) for wall in walls[triple.object]]
        found |= {one.key: one for one in read}
    wholes = {old: now.get(old) for old in range(len(mentions))}
    placed = [one if one.whole is None else one.replace(whole=wholes[one.whole]) for one in said]
    return tuple(placed), tuple(found.values())


def _wall(said: list[Mention], name: str, corner: Mention) -> int:
    """The index of the wall of this name; one that was only called wall is the back one; else a new one."""
    names = (name, "wall") if name == "back wall" else (name,)
    for index, mention in enumerate(said):
        if mention.noun in names:
            return index
    said.append(corner.replace(head="wall", noun=name, attributes=(), whole=None, implied=True))
    return len(said) - 1

"""Edits that start from a node or a link of the graph drawing (`sd3studio.core.scene.node_link`)."""

from collections.abc import Iterable

from sd3studio.core.edits.base import Edit, find
from sd3studio.core.edits.objects import RemoveObjects, RenameObject, SetAttributes
from sd3studio.core.edits.parents import SetParent
from sd3studio.core.edits.relations import AssertRelation, RetractRelation
from sd3studio.core.edits.whole import Sequence
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.node_link import Node, connected
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame, Relation, Scene


def connect(scene: Scene, subject: str, predicate: Predicate, object: str, frame: Frame = "camera") -> Edit:
    """Connecting two object nodes: assert the relation; "part of" a concept makes it the parent.

    Raises `SceneError` for nodes that can't be connected.
    """
    relation = connected(scene, subject, predicate, object, frame)
    if predicate is Predicate.PART_OF and scene.objects[object].kind == "concept":
        return SetParent((subject,), object)
    return AssertRelation(relation)


def delete(scene: Scene, node: Node) -> Edit:
    """Deleting a node: remove the object, take the attribute away, retract the relation.

    Raises `SceneError` for a relation that is computed from where things are, which can't be deleted.
    """
    if node.kind == "relation":
        assert node.relation is not None
        if node.key.startswith("/p/"):
            return SetParent((node.relation.subject,), None)
        if not node.stored:
            raise SceneError("This relation follows from where the things are. Move one of them to change it.")
        return RetractRelation(node.relation)
    if node.kind == "attribute":
        words = find(scene, node.of[0]).attributes
        return SetAttributes(node.of[0], _without(words, node))
    return RemoveObjects((node.key,))


def delete_all(scene: Scene, nodes: Iterable[Node]) -> Edit:
    """Deleting several nodes as one step. What belongs to a deleted object goes with it and needs no deletion.

    Raises `SceneError` as `delete` does.
    """
    listed = list(nodes)
    removed = {node.key for node in listed if node.kind not in ("attribute", "relation")}
    edits: list[Edit] = []
    # from the last attribute on, so that the numbers in the keys of the others stay right
    for node in sorted(listed, key=_number, reverse=True):
        if node.key in removed or removed & set(node.of):
            continue
        edits.append(delete(scene, node))
        scene = edits[-1].apply(scene)
    if removed:
        edits.append(RemoveObjects(tuple(node.key for node in listed if node.key in removed)))
    return edits[0] if len(edits) == 1 else Sequence(tuple(edits), what="Delete nodes")


def change_predicate(scene: Scene, node: Node, relation: Relation) -> Edit:
    """Another predicate or frame on a relation node; a computed one is asserted beside it."""
    if not node.stored or node.relation is None:
        return AssertRelation(relation)
    edits = (
        delete(scene, node),
        AssertRelation(node.relation.replace(predicate=relation.predicate, frame=relation.frame)),
    )
    return Sequence(edits, what="Change relation")


def rename(scene: Scene, node: Node, text: str) -> Edit:
    """Writing another text on a node: another label, attribute or predicate. Raises `SceneError` for what is none."""
    text = " ".join(text.split())
    if not text:
        raise SceneError("A node needs a text. Delete it instead.")
    if node.kind == "attribute":
        words = find(scene, node.of[0]).attributes
        at = int(node.key.rpartition("/a")[2])
        changed = tuple(dict.fromkeys(text if k == at else word for k, word in enumerate(words)))
        return SetAttributes(node.of[0], changed)
    if node.kind != "relation":
        return RenameObject(node.key, text[:200])
    assert node.relation is not None
    try:
        predicate = Predicate(text.lower())
    except ValueError as error:
        known = ", ".join(one.value for one in Predicate)
        raise SceneError(f"“{text}” is no relation that is known. There are: {known}.") from error
    changed_relation = node.relation.replace(predicate=predicate)
    return Sequence((delete(scene, node), AssertRelation(changed_relation)), what="Change relation")


def add_attribute(scene: Scene, key: str, word: str) -> Edit:
    """Adding an attribute node to an object. Raises `SceneError` if it has no text."""
    word = " ".join(word.split())
    if not word:
        raise SceneError("An attribute needs a word.")
    words = find(scene, key).attributes
    return SetAttributes(key, tuple(dict.fromkeys((*words, word[:200]))))


def reverse(scene: Scene, node: Node) -> Edit:
    """Turning a stored relation node round: subject and object change places. Raises `SceneError` for others."""
    if node.relation is None or not node.stored or node.key.startswith("/p/"):
        raise SceneError("Only a stored relation can be turned round.")
    turned = node.relation.replace(subject=node.relation.object, object=node.relation.subject)
    return Sequence((RetractRelation(node.relation), AssertRelation(turned)), what="Turn relation round")


def _without(words: tuple[str, ...], node: Node) -> tuple[str, ...]:
    at = int(node.key.rpartition("/a")[2])
    return tuple(word for k, word in enumerate(words) if k != at)


def _number(node: Node) -> int:
    return int(node.key.rpartition("/a")[2]) if node.kind == "attribute" else -1

"""Relations that are read in a photo's boxes, kept in its scene where the measured geometry agrees."""

from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.values import Scene

PARTS = ("graph_relations",)


def with_relations(scene: Scene) -> tuple[Scene, tuple[str, ...]]:
    """The scene with what SD3 mini reads, each relation marked as its own, and what to say of it.

    Costs some milliseconds a photo, and seconds for the first of a process, which loads torch. Without the weights the
    scene stays as it is, and the note says so.
    """
    from sd3studio.ml.graph_path import photo_facts
    from sd3studio.ml.shipped import mini

    try:
        facts = photo_facts(scene, mini(*PARTS))
    except MissingModelError as error:
        return scene, (f"No relations were read: {error}",)
    known = {(relation.subject, relation.predicate, relation.object) for relation in scene.relations}
    new = tuple(fact for fact in facts if (fact.subject, fact.predicate, fact.object) not in known)
    return scene.replace(relations=(*scene.relations, *new)), ()

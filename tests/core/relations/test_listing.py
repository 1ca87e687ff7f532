"""One list of all relations: states, filters and counts agree with the scene."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AssertRelation, KeepRelation
from sd3studio.core.relations import RelationFilter, apparent_predicate, conflicts, grade_of, list_relations
from sd3studio.core.relations.listing import STATES, predicate_counts, state_counts
from sd3studio.core.scene import Camera, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES

P = Predicate
CAMERA = Camera(position=(0.0, -8.0, 2.5), target=(0.0, 0.0, 0.5))
spots = st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.3, 2.0))
ways = st.tuples(
    st.sampled_from("abcd"), st.sampled_from(GEOMETRIC_PREDICATES), st.sampled_from("abcd"), st.booleans(),
    st.sampled_from(["user", "photo"]),
).filter(lambda way: way[0] != way[2])  # fmt: skip


@st.composite
def scenes(draw):
    things = [SceneObject(id=key, label=key, center=draw(spots), size=(0.6, 0.5, 0.6)) for key in "abcd"]
    scene = Scene.of(things, camera=CAMERA)
    for subject, predicate, other, kept, source in draw(st.lists(ways, max_size=5)):
        told = Relation(subject=subject, predicate=predicate, object=other, provenance=Provenance(source=source))
        scene = KeepRelation(told, kept).apply(AssertRelation(told).apply(scene))
    return scene


@given(scenes())
@settings(max_examples=50, deadline=None)
def test_rows_say_what_the_scene_says(scene):
    rows = list_relations(scene)
    assert [row.stored for row in rows if row.stored] == list(scene.relations)
    assert len({row.key for row in rows}) == len(rows)
    wrong = {conflict.relation.key for conflict in conflicts(scene)}
    for row in rows:
        assert abs(row.grade - grade_of(scene, *row.key)) < 1e-5
        assert ("kept" in row.states) == bool(row.stored and row.stored.kept)
        assert ("in conflict" in row.states) == (row.key in wrong)
        assert ("derived" in row.states) == (row.stored is None) and (row.stored or row.grade > 0.5)
        assert row.apparent in (None, apparent_predicate(scene, row.subject, row.object))
    assert sum(predicate_counts(rows).values()) == len(rows)


@given(scenes(), st.sets(st.sampled_from(STATES)), st.sets(st.sampled_from("abcd")), st.booleans())
@settings(max_examples=50, deadline=None)
def test_filter_keeps_exactly_what_it_names_and_counts_agree(scene, states, of, illusions):
    rows = list_relations(scene)
    wanted = RelationFilter(states=frozenset(states), of=frozenset(of), illusions=illusions)
    kept = wanted.of_rows(rows)
    for row in rows:
        expected = bool(row.states & states) and bool({row.subject, row.object} & of)
        assert (row in kept) == (expected and (not illusions or row.apparent is not None))
    for state, count in state_counts(rows).items():
        assert count == len(RelationFilter(states=frozenset({state})).of_rows(rows))


def test_two_cars_side_by_side_in_the_picture_are_an_illusion():
    cars = [
        SceneObject(id="near", label="car", center=(-2.0, -2.0, 0.7), size=(1.8, 4.4, 1.4)),
        SceneObject(id="far", label="car", center=(1.2, 9.0, 0.7), size=(1.8, 4.4, 1.4)),
    ]
    told = Relation(subject="near", predicate=P.IN_FRONT_OF, object="far")
    (row,) = (row for row in list_relations(Scene.of(cars, relations=(told,), camera=CAMERA)) if row.stored)
    assert (row.predicate, row.apparent) == (P.IN_FRONT_OF, P.LEFT_OF)


def test_releasing_a_kept_relation_leaves_it_stored():
    scene = Scene.of([SceneObject(id="a", label="a"), SceneObject(id="b", label="b", center=(3, 0, 1))], camera=CAMERA)
    told = Relation(subject="a", predicate=P.LEFT_OF, object="b")
    kept = KeepRelation(told).apply(scene)
    assert kept.relations == (told.replace(kept=True),)
    assert KeepRelation(told, False).apply(kept).relations == (told,)

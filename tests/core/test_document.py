"""The document against a plain list of scenes: whatever is applied, previewed, undone and redone."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sd3studio.core.document import Document
from sd3studio.core.edits import AddObjects, AssertRelation, MoveObjects, RemoveObjects, RenameObject, TurnObjects
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject


class DocumentAgainstList(RuleBasedStateMachine):
    """Keeps every committed scene in a list and a place in it."""

    def __init__(self):
        super().__init__()
        self.document = Document()
        self.scenes = [self.document.scene]
        self.place = 0
        self.previewed = None
        self.number = 0

    def committed(self):
        return self.scenes[self.place]

    def apply(self, edit):
        expected = edit.apply(self.committed())
        self.document.apply(edit)
        self.previewed = None
        if expected != self.committed():
            self.scenes[self.place + 1 :] = [expected]
            self.place += 1

    @rule(x=st.floats(-5, 5))
    def add(self, x):
        self.number += 1
        self.apply(AddObjects((SceneObject(id=f"o{self.number}", label="box", center=(x, 0.0, 0.5)),)))

    @precondition(lambda self: self.committed().objects)
    @rule(data=st.data(), dx=st.floats(-2, 2))
    def move(self, data, dx):
        self.apply(MoveObjects((data.draw(st.sampled_from(list(self.committed().objects))),), (dx, 0.0, 0.0)))

    @precondition(lambda self: self.committed().objects)
    @rule(data=st.data())
    def remove(self, data):
        self.apply(RemoveObjects((data.draw(st.sampled_from(list(self.committed().objects))),)))

    @precondition(lambda self: len(self.committed().objects) > 1)
    @rule()
    def relate(self):
        first, second = list(self.committed().objects)[:2]
        self.apply(AssertRelation(Relation(subject=first, predicate=Predicate.ON, object=second)))

    @precondition(lambda self: self.committed().objects)
    @rule(angle=st.floats(-3, 3))
    def preview(self, angle):
        edit = TurnObjects(tuple(self.committed().objects), angle, (0.0, 0.0))
        self.document.preview(edit)
        self.previewed = edit.apply(self.committed())

    @rule()
    def give_up_preview(self):
        self.document.end_preview()
        self.previewed = None

    @rule()
    def undo(self):
        could = self.document.can_undo
        assert could == (self.place > 0)
        self.document.undo()
        if could:
            self.place -= 1
            self.previewed = None

    @rule()
    def redo(self):
        could = self.document.can_redo
        assert could == (self.place < len(self.scenes) - 1)
        self.document.redo()
        if could:
            self.place += 1
            self.previewed = None

    @invariant()
    def scene_is_the_expected_one(self):
        assert self.document.committed == self.committed()
        assert self.document.scene == (self.committed() if self.previewed is None else self.previewed)


TestDocumentAgainstList = DocumentAgainstList.TestCase
TestDocumentAgainstList.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def scene_of_two():
    return Scene.of([SceneObject(id="a", label="a"), SceneObject(id="b", label="b", center=(2, 0, 0.5), locked=True)])


def test_changed_tells_old_and_new_and_shares_what_did_not_change():
    document = Document(scene_of_two())
    seen = []
    document.changed.connect(lambda old, new: seen.append((old, new)))
    document.apply(MoveObjects(("a",), (1, 0, 0)))
    (old, new), *rest = seen
    assert not rest
    assert old.objects["b"] is new.objects["b"]
    assert new.objects["a"].center == (1.0, 0.0, 0.5)


def test_locked_objects_do_not_move():
    document = Document(scene_of_two())
    document.apply(MoveObjects(("a", "b"), (1, 0, 0)))
    assert document.scene.objects["b"].center == (2.0, 0.0, 0.5)


def test_merged_edits_are_one_undo_step():
    document = Document(scene_of_two())
    document.apply(RenameObject("a", "lamp"))
    document.apply(RenameObject("a", "lamps"), merge=True)
    document.undo()
    assert document.scene == scene_of_two()


def test_failed_edit_leaves_the_document_as_it_was():
    document = Document(scene_of_two())
    with pytest.raises(SceneError, match="no object 'c'"):
        document.apply(RenameObject("c", "x"))
    assert document.scene == scene_of_two()
    assert not document.can_undo


def test_edit_that_changes_nothing_is_no_step():
    document = Document(scene_of_two())
    document.apply(RenameObject("a", "a"))
    assert not document.can_undo


def test_another_scene_is_opened_with_nothing_selected():
    document = Document(scene_of_two())
    document.select(["a"])
    document.open(scene_of_two())
    assert document.selection == ()


def test_selection_drops_what_is_removed():
    document = Document(scene_of_two())
    document.select(["a", "b", "nothing"])
    assert document.selection == ("a", "b")
    document.apply(RemoveObjects(("a",)))
    assert document.selection == ("b",)

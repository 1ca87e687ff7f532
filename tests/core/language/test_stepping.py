"""Sentences about the history, in two languages."""

import pytest

from sd3studio.core.language.stepping import step_asked


@pytest.mark.parametrize(("step", "sentences"), [
    ("undo", ("undo", "Undo that!", "please undo the last change", "go back", "put it back where it was", 
              "take that back", "no, never mind", "撤销", "撤消上一步。", "取消刚才的操作", "还原", "把它放回原处")),
    ("redo", ("redo", "Redo it, please", "重做")),
    ("again", ("again", "do it again", "a bit more", "even more", "once more", "再来一次", "再多一点")),
    (None, ("put it back on the table", "undo the knot on the rope", "add one more chair", "move the sofa back", 
            "再加一只猫", "bring the chair back", "", "more chairs")),
])  # fmt: skip
def test_only_sentences_about_the_history_are_steps(step, sentences):
    assert {text: step_asked(text) for text in sentences} == dict.fromkeys(sentences, step)

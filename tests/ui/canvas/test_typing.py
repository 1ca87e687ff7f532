"""Numbers that are typed during a drag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.ui.canvas.tools.typing import NumberEntry

KEYS = st.lists(st.sampled_from([*"0123456789.-", "backspace", "tab"]), max_size=30)


def typed(keys, names=("x", "y")):
    entry = NumberEntry(names)
    for key in keys:
        entry.key(key)
    return entry


@given(st.floats(-9e4, 9e4))
def test_a_number_is_read_as_it_is_written(value):
    text = f"{value:.3f}"
    assert typed(text).value("x") == pytest.approx(float(text))


@given(KEYS)
def test_any_keys_give_a_number_or_none(keys):
    entry = typed(keys)
    for name in ("x", "y"):
        assert entry.value(name) is None or isinstance(entry.value(name), float)


@given(KEYS)
def test_minus_twice_changes_nothing(keys):
    assert typed(keys).value("x") == typed([*keys, "-", "-"]).value("x")


def test_tab_goes_to_the_next_number_and_round():
    entry = typed(["1", "tab", "2", "tab", "3"])
    assert (entry.value("x"), entry.value("y")) == (13.0, 2.0)


def test_other_axes_take_over_what_is_typed():
    entry = typed("15")
    entry.take_names(("z",))
    assert entry.value("z") == 15.0
    assert entry.text("z") == "15|"

"""Runs as values: what a request needs, and the healing of a status whose process is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sd3studio.core.training import RunRequest, RunState, RunStatus, healed
from sd3studio.core.training.presets import MEMORY, PRESETS, SETTING_HELP, request_of
from sd3studio.core.training.run import CUT_SHORT, LOST_AFTER_S

states = st.sampled_from(list(RunState))


@given(states, st.booleans(), st.booleans(), st.floats(0, 1e6))
def test_only_a_run_whose_process_is_gone_is_healed(state, is_here, is_locked, silence):
    status = RunStatus(state=state, host="here" if is_here else "there", beat=1e6, step=3, total=9)
    true = healed(status, "here", is_locked, 1e6 + silence)
    gone = not is_locked and (is_here or silence >= LOST_AFTER_S)
    if state.lives and gone:
        assert (true.state, true.reason, true.step) == (RunState.STOPPED, CUT_SHORT, 3)
    else:
        assert true is status


def test_a_lora_needs_its_pipeline_and_a_relation_model_its_data():
    with pytest.raises(ValidationError, match="Stable Diffusion"):
        RunRequest(goal="lora", data="x")
    with pytest.raises(ValidationError, match="data"):
        RunRequest(goal="relations")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_a_request(name):
    request = request_of(name, "/data", {"model": "/sd"} if PRESETS[name].goal == "lora" else {})
    assert request.goal == PRESETS[name].goal and request.data == "/data"


def test_help_is_about_fields_that_there_are():
    assert set(SETTING_HELP) <= set(RunRequest.model_fields)
    assert set(MEMORY) == {"small", "usual", "large"}

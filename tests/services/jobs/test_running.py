"""Running a job inline: its messages and its one end."""

import threading
from pathlib import Path

import pytest
from fakes import FAKE_JOB, Act, Script

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Note, Progress
from sd3studio.services.jobs import InlineRunner, run_job
from sd3studio.services.jobs.running import resolve

ENDS = (Finished, Failed, Cancelled)


def run(*acts: Act) -> list[JobMessage]:
    messages = list(InlineRunner().run(FAKE_JOB, Script(acts), threading.Event()))
    assert [isinstance(message, ENDS) for message in messages] == [False] * (len(messages) - 1) + [True]
    return messages


def test_messages_come_in_order_and_finished_ends_them() -> None:
    assert run(("progress", 1), ("note", "hm"), ("finish", 7), ("progress", 2)) == [
        Progress(1, 10, "step 1"),
        Note("hm"),
        Finished(7),
    ]


def test_a_studio_error_is_its_own_sentence() -> None:
    (end,) = run(("raise", "studio"))
    assert isinstance(end, Failed)
    assert end.message == "There is no model at /nowhere. Put one there."
    assert end.kind == "MissingModelError"


def test_running_out_of_memory_carries_smaller_settings() -> None:
    (end,) = run(("raise", "memory"))
    assert isinstance(end, Failed) and end.hint == {"width": 512, "height": 512}


@pytest.mark.parametrize(("name", "kind"), [("value", "ValueError"), ("exit", "SystemExit")])
def test_any_other_error_is_unexpected_with_a_traceback(name: str, kind: str) -> None:
    (end,) = run(("raise", name))
    assert isinstance(end, Failed)
    assert end.message.startswith("unexpected " + kind) and end.kind == kind
    assert "Traceback" in end.detail and "fakes.py" in end.detail


def test_a_job_without_a_result_has_failed() -> None:
    (*_, end) = run(("progress", 1))
    assert isinstance(end, Failed) and "without a result" in end.message


def test_a_job_may_not_send_failed_itself() -> None:
    (end,) = run(("send_failed", "no"))
    assert isinstance(end, Failed) and "TypeError" in end.message


def test_a_path_that_names_nothing_is_a_failed_job() -> None:
    for path in ("fakes", "no.such.module:run", "fakes:nothing"):
        (end,) = run_job(path, Script())
        assert isinstance(end, Failed)


def test_cancel_closes_the_job_at_its_next_message(tmp_path: Path) -> None:
    cancel = threading.Event()
    script = Script((("touch_at_end", tmp_path / "tidy"), ("progress", 1), ("progress", 2), ("finish", 3)))
    messages = InlineRunner().run(FAKE_JOB, script, cancel)
    assert next(messages) == Progress(1, 10, "step 1")
    cancel.set()
    assert list(messages) == [Cancelled()]
    assert (tmp_path / "tidy").exists()


def test_cancel_before_the_start_runs_nothing(tmp_path: Path) -> None:
    assert list(run_job(FAKE_JOB, Script((("touch", tmp_path / "ran"),)), lambda: True)) == [Cancelled()]
    assert not (tmp_path / "ran").exists()


def test_leaving_the_loop_early_tidies_up(tmp_path: Path) -> None:
    messages = run_job(FAKE_JOB, Script((("touch_at_end", tmp_path / "tidy"), ("progress", 1), ("finish", 2))))
    next(messages)
    messages.close()  # type: ignore[attr-defined]
    assert (tmp_path / "tidy").exists()


def test_a_path_names_a_function() -> None:
    from fakes import scripted

    assert resolve(FAKE_JOB) is scripted

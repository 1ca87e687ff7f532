"""The engine process: finishes, fails, is cancelled, dies, and comes back."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FAKE_JOB, Act, Script

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Progress
from sd3studio.services.jobs import EngineProcess, JobQueue, JobState

ENDS = (Finished, Failed, Cancelled)


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineProcess]:
    made = EngineProcess(environment={"SD3STUDIO_FAKE": "set"}, grace_s=0.5)
    yield made
    made.close()


def run(engine: EngineProcess, *acts: Act, cancel: threading.Event | None = None) -> list[JobMessage]:
    messages = list(engine.run(FAKE_JOB, Script(acts), cancel or threading.Event()))
    assert [isinstance(message, ENDS) for message in messages] == [False] * (len(messages) - 1) + [True]
    return messages


def test_messages_arrive_and_the_process_stays(engine: EngineProcess) -> None:
    assert run(engine, ("progress", 1), ("finish", {"a": (1, 2)})) == [
        Progress(1, 10, "step 1"),
        Finished({"a": (1, 2)}),
    ]
    first = run(engine, ("pid", None))
    assert first == run(engine, ("pid", None)) == [Finished(engine.pid)]
    assert engine.pid != os.getpid()


def test_errors_arrive_as_failed(engine: EngineProcess) -> None:
    (studio,) = run(engine, ("raise", "studio"))
    (memory,) = run(engine, ("raise", "memory"))
    (bug,) = run(engine, ("raise", "value"))
    assert isinstance(studio, Failed) and studio.kind == "MissingModelError"
    assert isinstance(memory, Failed) and memory.hint == {"width": 512, "height": 512}
    assert isinstance(bug, Failed) and bug.message == "unexpected ValueError: a bug" and "Traceback" in bug.detail


def test_a_result_that_is_not_plain_data_is_a_failed_job(engine: EngineProcess) -> None:
    (unpicklable,) = run(engine, ("unpicklable", None))
    (foreign,) = run(engine, ("foreign", None))
    assert isinstance(unpicklable, Failed)
    assert isinstance(foreign, Failed) and "fractions.Fraction is not plain data" in foreign.message
    assert run(engine, ("finish", 1)) == [Finished(1)]


def test_a_request_that_can_not_be_sent_is_a_failed_job(engine: EngineProcess) -> None:
    (end,) = engine.run(FAKE_JOB, lambda: None, threading.Event())
    assert isinstance(end, Failed)


def test_cancel_closes_the_job_and_keeps_the_process(engine: EngineProcess, tmp_path: Path) -> None:
    cancel = threading.Event()
    acts = [("touch_at_end", tmp_path / "tidy")]
    acts += [("progress", n) if n % 2 else ("sleep", 0.02) for n in range(200)]
    before = run(engine, ("pid", None))
    messages = engine.run(FAKE_JOB, Script(tuple(acts)), cancel)
    next(messages)
    cancel.set()
    assert list(messages)[-1] == Cancelled()
    assert (tmp_path / "tidy").exists()
    assert run(engine, ("pid", None)) == before


def test_a_job_that_does_not_react_to_cancel_is_killed_after_the_grace(engine: EngineProcess) -> None:
    cancel = threading.Event()
    before = run(engine, ("pid", None))
    messages = engine.run(FAKE_JOB, Script((("progress", 1), ("sleep", 60))), cancel)
    next(messages)
    cancel.set()
    start = time.monotonic()
    assert list(messages) == [Cancelled()]
    assert time.monotonic() - start < 5
    assert run(engine, ("pid", None)) != before


def test_a_killed_engine_is_a_failed_job_and_the_next_one_runs(engine: EngineProcess) -> None:
    before = run(engine, ("pid", None))
    *_, end = run(engine, ("progress", 1), ("kill", signal.SIGKILL), ("finish", 1))
    assert isinstance(end, Failed)
    assert "SIGKILL" in end.message and "kept" in end.message and "Traceback" not in end.message
    assert run(engine, ("finish", 2)) == [Finished(2)]
    assert run(engine, ("pid", None)) != before


def test_an_engine_that_leaves_is_a_failed_job(engine: EngineProcess) -> None:
    (end,) = run(engine, ("exit", 7))
    assert isinstance(end, Failed) and "exit code 7" in end.message


def test_an_engine_killed_between_jobs_is_replaced_without_a_word(engine: EngineProcess) -> None:
    run(engine, ("finish", 1))
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    assert run(engine, ("finish", 2)) == [Finished(2)]


def test_the_environment_is_set_in_the_engine_only(engine: EngineProcess) -> None:
    assert "SD3STUDIO_FAKE" not in os.environ


def test_modules_are_preloaded_while_idle() -> None:
    engine = EngineProcess(prewarm=("no.such.module", "colorsys"))
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            (end,) = run(engine, ("modules", None))
            assert isinstance(end, Finished)
            if "colorsys" in end.result:
                break
        assert "colorsys" in end.result
        assert "torch" not in end.result
    finally:
        engine.close()


def test_a_killed_engine_leaves_the_queue_working(tmp_path: Path) -> None:
    jobs = JobQueue({"fake": FAKE_JOB}, {"engine": EngineProcess()})
    try:
        request = Script((("progress", 1), ("kill", signal.SIGKILL)))
        dead = jobs.submit(request)
        alive = jobs.submit(Script((("finish", "alive"),)))
        assert jobs.wait(dead, 30).state is JobState.FAILED
        assert jobs.get(dead).request is request
        assert jobs.wait(alive, 30).end == Finished("alive")
    finally:
        jobs.close()


def test_a_closed_engine_refuses_jobs() -> None:
    engine = EngineProcess()
    engine.start()
    engine.close()
    (end,) = engine.run(FAKE_JOB, Script(), threading.Event())
    assert isinstance(end, Failed) and engine.pid is None


def test_building_the_app_imports_no_learning_library_and_no_qt() -> None:
    code = (
        "import sys, sd3studio.app, sd3studio.services.jobs, sd3studio.services.settings_file\n"
        "bad = {'torch', 'diffusers', 'transformers', 'spacy', 'cv2', 'onnxruntime', 'PySide6'} & set(sys.modules)\n"
        "sys.exit(str(sorted(bad)) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The job queue on a thread lane: order, states, groups, retry."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FAKE_JOB, FakeRunner, Script

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Progress
from sd3studio.services.jobs import InlineRunner, JobQueue, JobRecord, JobState
from sd3studio.services.jobs import queue as queue_module


@pytest.fixture
def jobs() -> Iterator[JobQueue]:
    made = JobQueue({"fake": FAKE_JOB}, {"disk": InlineRunner()})
    yield made
    made.close()


def held(gate: Path, value: object = "held") -> Script:
    return Script((("wait_for", gate), ("progress", 1), ("finish", value)))


def test_jobs_run_one_after_the_other_and_end_once(jobs: JobQueue) -> None:
    heard: list[tuple[str, JobState, JobMessage | None]] = []
    jobs.listen(lambda record, message: heard.append((record.id, record.state, message)))
    first = jobs.submit(Script((("progress", 1), ("finish", "a"))))
    second = jobs.submit(Script((("finish", "b"),)))
    assert jobs.wait(second, 5).end == Finished("b")
    jobs.close()
    of_first = [news[1:] for news in heard if news[0] == first]
    assert of_first == [
        (JobState.QUEUED, None),
        (JobState.RUNNING, None),
        (JobState.RUNNING, Progress(1, 10, "step 1")),
        (JobState.DONE, Finished("a")),
    ]
    ids = [news[0] for news in heard if news[1] is JobState.RUNNING or news[1].is_end]
    assert ids.index(second) > max(index for index, job in enumerate(ids) if job == first)


def test_listeners_are_called_from_one_thread_that_is_not_the_caller(jobs: JobQueue) -> None:
    threads = set()
    jobs.listen(lambda record, message: threads.add(threading.current_thread().name))
    jobs.wait(jobs.submit(Script((("finish", 1),))), 5)
    jobs.close()
    assert threads == {"job-listener"}


def test_a_listener_that_fails_hurts_nobody(jobs: JobQueue, caplog: pytest.LogCaptureFixture) -> None:
    def broken(record: JobRecord, message: JobMessage | None) -> None:
        raise ValueError("listener")

    heard = []
    jobs.listen(broken)
    jobs.listen(lambda record, message: heard.append(message))
    jobs.wait(jobs.submit(Script((("finish", 1),))), 5)
    jobs.close()
    assert heard[-1] == Finished(1)
    assert "listener failed" in caplog.text


def test_a_listener_can_stop_listening(jobs: JobQueue) -> None:
    heard: list[object] = []
    stop = jobs.listen(lambda record, message: heard.append(message))
    stop()
    stop()
    jobs.wait(jobs.submit(Script((("finish", 1),))), 5)
    jobs.close()
    assert heard == []


def test_only_the_latest_waiting_request_of_a_group_runs(jobs: JobQueue, tmp_path: Path) -> None:
    running = jobs.submit(held(tmp_path / "gate"), group="preview")
    while jobs.get(running).state is not JobState.RUNNING:
        pass
    dropped = [jobs.submit(Script((("finish", n),)), group="preview") for n in range(3)]
    other = jobs.submit(Script((("finish", "other"),)))
    latest = jobs.submit(Script((("finish", "latest"),)), group="preview")
    assert [jobs.get(job).state for job in dropped] == [JobState.CANCELLED] * 3
    assert [record.id for record in jobs.waiting()] == [other, latest]
    (tmp_path / "gate").touch()
    assert jobs.wait(running, 5).end == Finished("held")
    assert jobs.wait(latest, 5).end == Finished("latest")


def test_a_job_can_go_to_the_front(jobs: JobQueue, tmp_path: Path) -> None:
    jobs.submit(held(tmp_path / "gate"))
    later = jobs.submit(Script((("finish", 1),)))
    sooner = jobs.submit(Script((("finish", 2),)), front=True)
    waiting = [record.id for record in jobs.waiting()]
    assert waiting.index(sooner) < waiting.index(later)
    (tmp_path / "gate").touch()


def test_cancelling_what_waits_is_immediate(jobs: JobQueue, tmp_path: Path) -> None:
    jobs.submit(held(tmp_path / "gate"))
    waiting = jobs.submit(Script((("touch", tmp_path / "ran"), ("finish", 1))))
    jobs.cancel(waiting)
    assert jobs.get(waiting).end == Cancelled()
    (tmp_path / "gate").touch()
    jobs.close()
    assert not (tmp_path / "ran").exists()


def test_cancelling_what_runs_stops_it_at_its_next_message(jobs: JobQueue, tmp_path: Path) -> None:
    running = jobs.submit(held(tmp_path / "gate"))
    while jobs.get(running).state is not JobState.RUNNING:
        pass
    jobs.cancel(running)
    (tmp_path / "gate").touch()
    assert jobs.wait(running, 5).end == Cancelled()
    jobs.cancel(running)
    assert jobs.get(running).end == Cancelled()


def test_the_queue_can_be_emptied(jobs: JobQueue, tmp_path: Path) -> None:
    running = jobs.submit(held(tmp_path / "gate"))
    while jobs.get(running).state is not JobState.RUNNING:
        pass
    waiting = [jobs.submit(Script((("finish", n),))) for n in range(3)]
    jobs.cancel_waiting()
    assert {jobs.get(job).state for job in waiting} == {JobState.CANCELLED}
    (tmp_path / "gate").touch()
    assert jobs.wait(running, 5).state is JobState.DONE


def test_a_failed_job_keeps_its_request_and_can_be_tried_again(jobs: JobQueue, tmp_path: Path) -> None:
    request = Script((("raise", "memory"),))
    failed = jobs.wait(jobs.submit(request), 5)
    assert failed.state is JobState.FAILED and failed.request is request
    assert isinstance(failed.end, Failed) and failed.end.hint == {"width": 512, "height": 512}
    again = jobs.get(jobs.retry(failed.id))
    assert again.id != failed.id and again.retry_of == failed.id and again.request is request


def test_a_running_job_can_not_be_tried_again(jobs: JobQueue, tmp_path: Path) -> None:
    running = jobs.submit(held(tmp_path / "gate"))
    with pytest.raises(ValueError, match="only an ended job"):
        jobs.retry(running)
    (tmp_path / "gate").touch()


def test_a_kind_without_a_function_is_refused(jobs: JobQueue) -> None:
    with pytest.raises(KeyError):
        jobs.submit(Script(kind="unknown"))  # type: ignore[arg-type]


def test_a_runner_that_forgets_the_end_is_a_failed_job() -> None:
    runner = FakeRunner(messages=(Progress(1, 2),))
    jobs = JobQueue({"fake": FAKE_JOB}, {"only": runner})
    record = jobs.wait(jobs.submit(Script()), 5)
    jobs.close()
    assert record.state is JobState.FAILED and record.progress == Progress(1, 2)
    assert runner.asked == [(FAKE_JOB, Script())] and runner.closed


def test_kinds_go_to_their_lane_and_lanes_run_side_by_side(tmp_path: Path) -> None:
    jobs = JobQueue({"fake": FAKE_JOB}, {"a": InlineRunner(), "b": InlineRunner()}, {"fake": "b"})
    record = jobs.wait(jobs.submit(Script((("finish", 1),))), 5)
    jobs.close()
    assert record.lane == "b"


def test_closing_cancels_what_waits_and_refuses_more(jobs: JobQueue, tmp_path: Path) -> None:
    jobs.submit(held(tmp_path / "gate"))
    waiting = jobs.submit(Script((("finish", 1),)))
    threading.Timer(0.05, (tmp_path / "gate").touch).start()
    jobs.close()
    assert jobs.get(waiting).state is JobState.CANCELLED
    with pytest.raises(RuntimeError, match="closed"):
        jobs.submit(Script())


def test_waiting_too_long_is_a_timeout(jobs: JobQueue, tmp_path: Path) -> None:
    running = jobs.submit(held(tmp_path / "gate"))
    with pytest.raises(TimeoutError):
        jobs.wait(running, 0.02)
    (tmp_path / "gate").touch()


def test_old_results_are_forgotten(jobs: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "KEPT_ENDED", 3)
    for number in range(8):
        last = jobs.submit(Script((("finish", number),)))
        jobs.wait(last, 5)
    assert len(jobs.jobs()) <= 4
    assert jobs.get(last).end == Finished(7)

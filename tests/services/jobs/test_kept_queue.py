"""The running queue with jobs that are kept on disk: order, pause, restart, results as files, other processes."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kept_jobs import KEPT_JOB

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Cancelled, Failed, Finished
from sd3studio.core.requests import ParseText
from sd3studio.services.jobs import InlineRunner, JobQueue, JobState, JobStore, NewJob
from sd3studio.services.jobs import queue as queue_module


class TextKeeper:
    """Writes results as text files, and can be told to fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = False

    def keep(self, job, request, result) -> str:
        if self.broken:
            raise StudioError("Can't write it: the disk is full.")
        path = self.folder / f"{job.id}.txt"
        path.write_text(str(result), encoding="utf-8")
        return str(path)

    def recall(self, job, request):
        return Path(job.result).read_text(encoding="utf-8")


@pytest.fixture
def start(tmp_path, monkeypatch) -> Iterator[Callable[[], JobQueue]]:
    monkeypatch.setattr(queue_module, "WATCH_S", 0.02)
    made = []

    def make() -> JobQueue:
        functions = {"parse_text": KEPT_JOB}
        store = JobStore(tmp_path / "queue")
        made.append(
            JobQueue(
                functions, {"engine": InlineRunner()}, store=store, kept={"parse_text"}, keeper=TextKeeper(tmp_path)
            )
        )
        return made[-1]

    yield make
    for queue in made:
        queue.close()


def asked(text: str) -> ParseText:
    return ParseText(text=text)


def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def test_a_kept_job_ends_as_a_file(start, tmp_path):
    jobs = start()
    done = jobs.wait(jobs.submit(asked("finish a"), name="one"), 20)
    assert done.end == Finished("a") and done.name == "one"
    assert done.result_path == str(tmp_path / "q1.txt") and Path(done.result_path).read_text() == "a"


def test_waiting_jobs_survive_a_restart_in_their_order(start, tmp_path):
    jobs = start()
    jobs.pause()
    first, second, third = (jobs.submit(asked(f"finish {word}")) for word in "abc")
    jobs.move(third, 0)
    urgent = jobs.submit(asked("finish d"), front=True)
    jobs.cancel(second)
    jobs.close()
    again = start()
    assert again.is_paused
    assert [record.id for record in again.waiting()] == [urgent, third, first]
    heard = []
    again.listen(lambda record, message: heard.append(record.id) if record.state is JobState.DONE else None)
    again.resume()
    for job in (urgent, third, first):
        again.wait(job, 20)
    until(lambda: heard == [urgent, third, first])


def test_closing_gives_the_running_job_back_untried(start, tmp_path):
    jobs = start()
    running = jobs.submit(asked(f"wait {tmp_path / 'gate'}"))
    until(lambda: jobs.get(running).progress is not None)
    jobs.close()
    assert jobs.get(running).end == Cancelled()
    with JobStore(tmp_path / "queue") as store:
        (job,) = store.waiting()
        assert job.tries == 0


def test_a_job_that_a_kill_cut_off_is_begun_again_and_says_so(start, tmp_path):
    with JobStore(tmp_path / "queue") as store:
        store.add(asked("finish a"))
        store.claim()
    jobs = start()
    done = jobs.wait("q1", 20)
    assert done.end == Finished("a")
    assert done.notes == ("The program ended while this was being made; it was begun again once.",)


def test_a_failed_job_shows_its_reason_after_a_restart_and_can_be_tried_again(start, tmp_path):
    jobs = start()
    failed = jobs.submit(asked("fail"))
    jobs.wait(failed, 20)
    jobs.close()
    again = start()
    record = again.get(failed)
    assert record.state is JobState.FAILED and isinstance(record.end, Failed)
    assert record.end.message == "There is no model at /nowhere. Put one there."
    again.pause()
    assert again.retry_failed() == [failed]
    assert again.get(failed).state is JobState.QUEUED and again.get(failed).end is None


def test_what_is_not_kept_goes_before_what_is_and_is_not_held_back(start):
    jobs = start()
    jobs.pause()
    kept = jobs.submit(asked("finish a"))
    grouped = jobs.submit(asked("finish b"), group="read")
    assert jobs.wait(grouped, 20).end == Finished("b")
    assert jobs.get(kept).state is JobState.QUEUED


def test_a_result_that_cannot_be_written_is_a_failed_job(start):
    jobs = start()
    jobs._keeper.broken = True
    ended = jobs.wait(jobs.submit(asked("finish a")), 20)
    assert isinstance(ended.end, Failed) and "disk is full" in ended.end.message


def test_a_running_kept_job_is_cancelled_for_good(start, tmp_path):
    jobs = start()
    running = jobs.submit(asked(f"wait {tmp_path / 'gate'}"))
    until(lambda: jobs.get(running).progress is not None)
    jobs.cancel(running)
    assert jobs.wait(running, 20).end == Cancelled()
    jobs.close()
    with JobStore(tmp_path / "queue") as store:
        assert store.get(1).state is JobState.CANCELLED


def test_the_queue_can_be_emptied_of_kept_jobs(start):
    jobs = start()
    jobs.pause()
    ids = jobs.submit_many([NewJob(asked(f"finish {number}")) for number in range(5)])
    jobs.cancel_waiting()
    assert {jobs.get(job).state for job in ids} == {JobState.CANCELLED} and jobs.waiting() == ()


def test_what_another_process_does_is_followed(start, tmp_path):
    jobs = start()
    jobs.pause()
    mine = jobs.submit(asked("finish mine"))
    with JobStore(tmp_path / "queue") as other:
        added = other.add(asked("finish theirs"))
        until(lambda: any(record.id == f"q{added}" for record in jobs.jobs()))
        other.cancel(1)
        until(lambda: jobs.get(mine).state is JobState.CANCELLED)
        other.resume()
    assert jobs.wait(f"q{added}", 20).end == Finished("theirs")


def test_what_another_process_made_arrives_with_its_result(start, tmp_path):
    jobs = start()
    busy = jobs.submit(asked(f"wait {tmp_path / 'gate'}"))
    until(lambda: jobs.get(busy).state is JobState.RUNNING)
    mine = jobs.submit(asked("finish mine"))
    with JobStore(tmp_path / "queue") as other:
        job = other.claim()
        assert job is not None and job.id == mine
        (tmp_path / "elsewhere.txt").write_text("theirs", encoding="utf-8")
        other.finish(job.number, str(tmp_path / "elsewhere.txt"))
        assert jobs.wait(mine, 20).end == Finished("theirs")


def test_cancelling_from_elsewhere_stops_what_runs_here(start, tmp_path):
    jobs = start()
    running = jobs.submit(asked(f"wait {tmp_path / 'gate'}"))
    until(lambda: jobs.get(running).progress is not None)
    with JobStore(tmp_path / "queue") as other:
        other.cancel(1)
        assert jobs.wait(running, 20).end == Cancelled()
        until(lambda: other.get(1).state is JobState.CANCELLED)


def test_kept_jobs_may_be_told_to_wait_for_the_start(tmp_path):
    lanes, store = {"engine": InlineRunner()}, JobStore(tmp_path / "queue")
    jobs = JobQueue({"parse_text": KEPT_JOB}, lanes, store=store, kept={"parse_text"}, claiming=False)
    try:
        first = jobs.submit(asked("finish a"))
        time.sleep(0.05)
        assert jobs.get(first).state is JobState.QUEUED
        jobs.start_claiming()
        assert jobs.wait(first, 20).state is JobState.DONE
    finally:
        jobs.close()


def test_what_another_process_does_to_order_and_pause_is_told(start, tmp_path):
    jobs, told = start(), []
    jobs.pause()
    jobs.submit_many([NewJob(asked("finish a"), "a"), NewJob(asked("finish b"), "b")])
    stop = jobs.listen_store(lambda: told.append([job.name for job in jobs.kept_jobs()]))
    with JobStore(tmp_path / "queue") as other:
        other.move(2, 0)
        until(lambda: told[-1:] == [["b", "a"]])
        stop()
        count = len(told)
        other.resume()
    until(lambda: all(job.state is JobState.DONE for job in jobs.kept_jobs()))
    assert len(told) == count


def test_a_job_that_another_process_runs_is_known_as_such(start, tmp_path):
    jobs = start()
    jobs.pause()
    job = jobs.submit(asked("finish a"))
    with JobStore(tmp_path / "queue") as other:
        jobs.close()  # nobody but the other one takes it
        other.resume()
        other.claim()
        watching = JobQueue(
            {"parse_text": KEPT_JOB}, {"engine": InlineRunner()}, store=JobStore(tmp_path / "queue"),
            kept={"parse_text"}, keeper=TextKeeper(tmp_path),
        )  # fmt: skip
        try:
            assert watching.get(job).elsewhere
            (tmp_path / "q1.txt").write_text("a")
            other.finish(1, str(tmp_path / "q1.txt"))
            assert not watching.wait(job, 20).elsewhere
        finally:
            watching.close()


def test_jobs_of_earlier_runs_are_asked_about_tried_again_and_forgotten(start):
    first = start()
    job = first.submit(asked("finish a"))
    first.wait(job, 20)
    first.close()
    later = start()
    assert later.request_of(job).text == "finish a"
    later.retry_kept(job)
    assert later.wait(job, 20).state is JobState.DONE
    assert later.forget_ended() == 1 and later.kept_jobs() == ()
    with pytest.raises(KeyError):
        later.request_of("job-1")
    with pytest.raises(StudioError):
        later.retry_kept(job)

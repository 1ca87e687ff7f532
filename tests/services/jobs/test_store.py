"""The queue on disk against a plain list; what it keeps, heals, refuses."""

import sqlite3
import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sd3studio.core.errors import InputError, JobError
from sd3studio.core.messages import Failed
from sd3studio.core.requests import GenerateImage, ParseText
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.services.jobs import JobState, JobStore, NewJob, open_store
from sd3studio.services.jobs import store as store_module


def text(number: int) -> ParseText:
    return ParseText(text=f"thing {number}", seed=number)


class QueueMachine(RuleBasedStateMachine):
    """The order of what waits is that of a list; every job is in exactly the state that was given to it last."""

    @initialize(folder=st.just(None))
    def begin(self, folder):
        import tempfile
        from pathlib import Path

        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name)
        self.store = JobStore(self.folder)
        self.waiting: list[int] = []
        self.running: list[int] = []
        self.ended: dict[int, str] = {}
        self.paused = False
        self.asked: dict[int, ParseText] = {}

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.home.cleanup()

    @rule(count=st.integers(1, 3), front=st.booleans())
    def add(self, count, front):
        requests = [text(len(self.asked) + index) for index in range(count)]
        numbers = self.store.add_many([NewJob(request) for request in requests], front)
        self.asked.update(zip(numbers, requests, strict=True))
        self.waiting = numbers + self.waiting if front else self.waiting + numbers

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), index=st.integers(-1, 8))
    def move(self, data, index):
        number = data.draw(st.sampled_from(self.waiting))
        self.store.move(number, index)
        self.waiting.remove(number)
        self.waiting.insert(max(index, 0), number)

    @rule()
    def claim(self):
        job = self.store.claim()
        expected = None if self.paused or not self.waiting else self.waiting.pop(0)
        assert (job and job.number) == expected
        if expected is not None:
            self.running.append(expected)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), how=st.sampled_from(["done", "failed", "cancelled", "released"]))
    def end(self, data, how):
        number = data.draw(st.sampled_from(self.running))
        self.running.remove(number)
        if how == "released":
            before = [job.number for job in self.store.waiting()]
            self.store.release(number)
            after = [job.number for job in self.store.waiting()]
            assert [n for n in after if n != number] == before
            self.waiting = after
            return
        match how:
            case "done":
                self.store.finish(number, "result.png")
            case "failed":
                self.store.fail(number, Failed("It was too big."))
            case "cancelled":
                self.store.end_cancelled(number)
        self.ended[number] = how

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data):
        number = data.draw(st.sampled_from(self.waiting))
        assert self.store.cancel(number).state is JobState.CANCELLED
        self.waiting.remove(number)
        self.ended[number] = "cancelled"

    @rule()
    def cancel_waiting(self):
        assert self.store.cancel_waiting() == self.waiting
        self.ended |= dict.fromkeys(self.waiting, "cancelled")
        self.waiting = []

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def retry(self, data):
        number = data.draw(st.sampled_from(sorted(self.ended)))
        self.store.retry(number)
        del self.ended[number]
        self.waiting.append(number)

    @rule(paused=st.booleans())
    def pause(self, paused):
        (self.store.pause if paused else self.store.resume)()
        self.paused = paused

    @rule()
    def restart(self):
        """Closing with jobs running is like a kill: they are healed."""
        self.store.close()
        self.store = JobStore(self.folder)
        self.store.heal()
        for number in self.running:
            job = self.store.get(number)
            assert (job.state, job.tries) in ((JobState.QUEUED, 1), (JobState.FAILED, 2))
            if job.state is JobState.FAILED:
                self.ended[number] = "failed"
        self.running = []
        self.waiting = [job.number for job in self.store.waiting()]

    @invariant()
    def the_books_agree(self):
        if not hasattr(self, "store"):
            return
        assert [job.number for job in self.store.waiting()] == self.waiting
        states = {job.number: job.state.value for job in self.store.jobs()}
        expected = dict.fromkeys(self.waiting, "queued") | dict.fromkeys(self.running, "running") | self.ended
        assert states == expected
        assert set(self.asked) == set(states)
        assert self.store.is_paused is self.paused


TestQueueAgainstAList = QueueMachine.TestCase
TestQueueAgainstAList.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "queue"


def test_requests_come_back_equal_and_a_batch_keeps_its_scene_once(folder):
    scene = Scene.of([SceneObject(id="a", label="chair", size=(0.5, 0.5, 0.9))], title="room")
    requests = [GenerateImage(scene=scene, seed=seed) for seed in range(5)] + [text(1)]
    store = JobStore(folder)
    numbers = store.add_many([NewJob(request, name=f"n{index}") for index, request in enumerate(requests)])
    store.close()
    again = JobStore(folder)
    assert [again.request(number) for number in numbers] == requests
    assert again.request(numbers[0]).scene is again.request(numbers[1]).scene
    assert [job.name for job in again.jobs()] == [f"n{index}" for index in range(6)]
    again.close()
    with sqlite3.connect(folder / "queue.sqlite") as db:
        assert db.execute("SELECT count(*) FROM scenes").fetchone() == (1,)
    db.close()


def test_two_processes_never_get_the_same_job(folder):
    stores = [JobStore(folder), JobStore(folder)]
    stores[0].add_many([NewJob(text(index)) for index in range(40)])
    got: list[list[int]] = [[], []]

    def take(which):
        while (job := stores[which].claim()) is not None:
            got[which].append(job.number)

    threads = [threading.Thread(target=take, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got[0] + got[1]) == list(range(1, 41))
    for store in stores:
        store.close()


def test_a_job_whose_owner_lives_is_left_alone(folder):
    first, second = JobStore(folder), JobStore(folder)
    first.add(text(1))
    job = first.claim()
    assert second.heal() == () and second.claim() is None
    first.close()
    (healed,) = second.heal()
    assert healed.number == job.number and healed.state is JobState.QUEUED and "begun again once" in healed.reason
    second.close()


def test_a_job_that_kills_its_program_twice_is_not_begun_a_third_time(folder):
    with JobStore(folder) as store:
        store.add(text(1))
    for _ in range(2):
        with JobStore(folder) as store:
            assert store.claim() is not None
    store = JobStore(folder)
    assert store.claim() is None
    (job,) = store.jobs()
    assert job.state is JobState.FAILED and "ended 2 times" in job.reason
    store.retry(1)
    assert store.claim().tries == 1
    store.close()


def test_a_late_owner_can_not_end_a_job_that_was_given_away(folder):
    first, second = JobStore(folder), JobStore(folder)
    first.add(text(1))
    first.claim()
    first._lease.close()  # as if the system took the lock away
    assert second.claim().number == 1
    first.finish(1, "late.png")
    assert second.get(1).state is JobState.RUNNING
    first.close()
    second.close()


def test_cancelling_a_running_job_leaves_a_wish_for_its_owner(folder):
    first, second = JobStore(folder), JobStore(folder)
    first.add(text(1))
    first.claim()
    assert not first.changed_elsewhere()
    assert second.cancel(1).state is JobState.RUNNING
    assert first.changed_elsewhere() and not first.changed_elsewhere()
    assert first.get(1).cancel_wanted
    first.close()
    second.close()


def test_what_cannot_be_is_a_sentence(folder):
    store = JobStore(folder)
    store.add(text(1))
    for wrong in (store.get, store.cancel, store.retry, store.request):
        with pytest.raises(InputError, match="no job 9"):
            wrong(9)
    with pytest.raises(InputError, match="is queued; only an ended job"):
        store.retry(1)
    store.claim()
    with pytest.raises(InputError, match="is running; only a waiting job"):
        store.move(1, 0)
    store.close()
    with pytest.raises(JobError, match="closed"):
        store.waiting()


def test_a_full_queue_is_refused_whole(folder, monkeypatch):
    monkeypatch.setattr(store_module, "MOST_WAITING", 3)
    store = JobStore(folder)
    store.add(text(1))
    with pytest.raises(InputError, match="at most 3 waiting"):
        store.add_many([NewJob(text(index)) for index in range(3)])
    assert len(store.waiting()) == 1
    store.close()


def test_only_so_many_ended_jobs_are_remembered(folder, monkeypatch):
    monkeypatch.setattr(store_module, "MOST_ENDED", 2)
    store = JobStore(folder)
    store.add_many([NewJob(GenerateImage(scene=Scene(), seed=index)) for index in range(4)])
    while (job := store.claim()) is not None:
        store.finish(job.number, "")
    assert [job.number for job in store.jobs()] == [3, 4]
    assert store.forget_ended() == 2 and store.jobs() == ()
    assert store.add(text(0)) == 5, "numbers are never given twice"
    store.close()


def test_a_damaged_file_is_kept_aside(folder):
    folder.mkdir()
    (folder / "queue.sqlite").write_bytes(b"this is not a database, but it is long enough to look like one" * 20)
    store, note = open_store(folder)
    assert note is not None and "queue.broken-1.sqlite" in note
    store.add(text(1))
    assert len(store.waiting()) == 1 and (folder / "queue.broken-1.sqlite").is_file()
    store.close()


def test_a_newer_file_is_left_alone(folder):
    JobStore(folder).close()
    db = sqlite3.connect(folder / "queue.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    store, note = open_store(folder)
    assert store.folder is None and note is not None and "newer SD3 Studio" in note
    store.close()


def test_a_request_that_this_program_does_not_know_is_a_sentence(folder):
    store = JobStore(folder)
    store.add(text(1))
    store.close()
    db = sqlite3.connect(folder / "queue.sqlite")
    db.execute("""UPDATE jobs SET request = '{"kind": "parse_text", "text": "a", "mood": 1}'""")
    db.commit()
    db.close()
    store = JobStore(folder)
    with pytest.raises(JobError, match=r"job 1 of the queue can't be read: field parse_text\.mood"):
        store.request(1)
    store.close()

"""Batches: what is needed is done once, what can't be read stops nothing, a kill loses nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sd3studio.core.messages import Finished, Progress
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.library import Library, State
from sd3studio.services.library.batch import Order, begin, drop, unfinished, work
from sd3studio.services.library.caption_store import captions_of_photo, write_caption
from sd3studio.services.library.filters import Filters, filtered
from sd3studio.services.library.scanning import add_folder, scan_all
from sd3studio.services.library.workers import InlineWorkers, ProcessWorkers
from tests.conftest import ROOT

JOB = "tests.library_jobs:run"
ALL = ("look", "parse", "caption")


def fill(folder: Path, number: int = 12, *more: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in (*(f"{i:03}.jpg" for i in range(number)), *more):
        (folder / name).write_bytes(name.encode())
    return folder


def opened(tmp_path: Path, photos: Path, name: str = "library") -> Library:
    library = Library.open(tmp_path / name)
    add_folder(library, photos)
    scan_all(library)
    return library


def carry_out(library: Library, order: Order, workers=None) -> Finished | None:
    run = begin(library, order)
    if run is None:
        return None
    return list(work(library, run, workers or InlineWorkers(JOB)))[-1]


def told(library: Library) -> list[tuple]:
    """All that a batch makes, without times."""
    rows = library.photos(range(1, library.count() + 1))
    return [
        (row.name, row.state, row.scene_hash, row.scene_version, row.problem, *_captions(library, row.id))
        for row in sorted(rows, key=lambda row: row.name)
    ]


def _captions(library: Library, photo: int) -> list[tuple]:
    return [(c.style, c.text, c.maker) for c in captions_of_photo(library, photo)]


def test_the_second_run_has_nothing_to_do(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos")) as library:
        order = Order(ALL)
        assert carry_out(library, order).result.done == 12
        assert all(row[1] is State.PARSED and len(row) > 5 for row in told(library))
        assert carry_out(library, order) is None
        assert carry_out(library, Order(ALL, style="tags")).result.done == 12
        assert carry_out(library, Order(("parse",), threshold=0.5)).result.done == 12


def test_progress_tells_rate_and_time_left(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos")) as library:
        messages = list(work(library, begin(library, Order(("look",))), InlineWorkers(JOB)))
    last = [message for message in messages if isinstance(message, Progress)][-1]
    assert (last.step, last.total) == (12, 12)
    assert "photos/s" in last.text and "left" in last.text


def test_a_photo_that_cant_be_read_is_listed_and_stops_nothing(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos", 4, "broken.jpg")) as library:
        result = carry_out(library, Order(ALL)).result
        assert [reason for _, reason in result.failed] == ["The picture broken.jpg is damaged."]
        assert sum(row[1] is State.PARSED for row in told(library)) == 4
        assert carry_out(library, Order(ALL)) is None
        assert len(carry_out(library, Order(ALL, retry=True)).result.failed) == 1


def test_a_worker_that_dies_costs_one_photo_at_most(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos", 6, "deadly.jpg", "once.jpg")) as library:
        workers = ProcessWorkers(2, JOB)
        try:
            result = carry_out(library, Order(ALL), workers).result
        finally:
            workers.close()
        assert [library.photo(number).name for number, _ in result.failed] == ["deadly.jpg"]
        assert "was killed" in result.failed[0][1] or "ended" in result.failed[0][1]
        assert sum(row[1] is State.PARSED for row in told(library)) == 7


def test_what_people_made_stays(tmp_path):
    mine = Scene.of([SceneObject(id="cat", label="cat")])
    with opened(tmp_path, fill(tmp_path / "photos", 3)) as library:
        library.put_scene(2, mine, "anna")
        write_caption(library, 3, "sentence", "My own words.", "anna")
        carry_out(library, Order(ALL))
        carry_out(library, Order(ALL, again=True))
        assert library.scene_of(2) == mine and library.photo(2).state is State.IN_WORK
        assert [c.text for c in captions_of_photo(library, 3)] == ["My own words."]
        assert "cat" in captions_of_photo(library, 2)[0].text


def test_a_batch_by_query_takes_only_what_passes(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos", 4)) as library:
        library.set_state(2, "rejected", "anna")
        run = begin(library, Order(ALL), filtered(Filters(states=("new",)), "sqlite"))
        list(work(library, run, InlineWorkers(JOB)))
        assert [row[3] for row in told(library)] == [1, 0, 1, 1]


def test_a_stopped_batch_goes_on_where_it_was(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos")) as library:
        run = begin(library, Order(ALL))
        messages = work(library, run, InlineWorkers(JOB))
        for _ in range(5):
            next(messages)
        messages.close()
        assert [(number, left) for number, _, _, left in unfinished(library)] == [(run, 8)]
        assert list(work(library, run, InlineWorkers(JOB)))[-1].result.done == 12
        assert not unfinished(library)
        drop(library, run)


CHILD = """
import sys
from pathlib import Path
from sd3studio.services.library import Library
from sd3studio.services.library.batch import Order, begin, unfinished, work
from sd3studio.services.library.workers import ProcessWorkers
if __name__ == "__main__":
    with Library.open(Path(sys.argv[1])) as library:
        workers = ProcessWorkers(1, "tests.library_jobs:run")
        waiting = [run for run, *_ in unfinished(library)] or [begin(library, Order(("look", "parse", "caption")))]
        for run in waiting:
            for message in work(library, run, workers) if run is not None else ():
                print("tick", flush=True)
        workers.close()
"""


def test_killed_at_random_the_result_is_that_of_an_undisturbed_run(tmp_path):
    photos = fill(tmp_path / "photos", 40)
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    with opened(tmp_path, photos, "calm") as library:
        carry_out(library, Order(ALL))
        expected = told(library)
    opened(tmp_path, photos, "killed").close()
    chance = random.Random(7)
    kills = 0
    while kills < 3:
        child = subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / "killed")],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        ticks = chance.randrange(1, 12)
        for seen, _ in enumerate(child.stdout, start=1):
            if seen == ticks:
                time.sleep(chance.random() * 0.02)
                child.send_signal(signal.SIGKILL)
                break
        child.stdout.close()
        if child.wait() == 0:
            break
        kills += 1
    assert kills == 3
    with Library.open(tmp_path / "killed") as library:
        for run, *_ in unfinished(library):
            list(work(library, run, InlineWorkers(JOB)))
        assert told(library) == expected
        scenes = [len(library.scene_versions(row.id)) for row in library.photos(range(1, 41))]
        assert scenes == [1] * 40


def test_the_photos_way_to_another_name_keeps_what_belongs_to_it(tmp_path):
    photos = fill(tmp_path / "photos", 3)
    with opened(tmp_path, photos) as library:
        carry_out(library, Order(ALL))
        write_caption(library, 1, "mine", "The first one.", "anna")
        (photos / "000.jpg").rename(photos / "zzz.jpg")
        scan_all(library)
        carry_out(library, Order(ALL))
        row = library.by_path(photos / "zzz.jpg")
        assert row.id == 1 and not row.missing and library.count() == 3
        assert {c.text for c in captions_of_photo(library, 1)} > {"The first one."}


def test_another_program_at_the_same_batch_is_refused(tmp_path):
    with opened(tmp_path, fill(tmp_path / "photos", 4)) as library:
        run = begin(library, Order(("look",)))
        first = work(library, run, InlineWorkers(JOB))
        next(first)
        with pytest.raises(Exception, match="Another program"):
            next(work(library, run, InlineWorkers(JOB)))
        first.close()

"""A batch on Ray with two local workers: the same as in processes of this machine, also when a worker is killed."""

import os
import signal
from pathlib import Path

import pytest

from sd3studio.services.library import Library
from sd3studio.services.library.batch import Order, begin, work
from sd3studio.services.library.caption_store import captions_of_photo
from sd3studio.services.library.scanning import add_folder, scan_all
from sd3studio.services.library.workers import InlineWorkers, RayWorkers
from tests.conftest import ROOT

pytest.importorskip("ray", reason="ray is not installed (pip install 'sd3studio[cluster]')")
pytestmark = pytest.mark.filterwarnings("ignore")

JOB = "tests.library_jobs:run"


def told(library: Library) -> list[tuple]:
    rows = library.photos(range(1, library.count() + 1))
    return [
        (r.name, r.state, r.scene_hash, r.problem, [c.text for c in captions_of_photo(library, r.id)]) for r in rows
    ]


def opened(tmp_path: Path, name: str) -> Library:
    photos = tmp_path / "photos"
    photos.mkdir(exist_ok=True)
    for number in range(16):
        (photos / f"{number:02}.jpg").write_bytes(f"photo {number}".encode())
    (photos / "once.jpg").write_bytes(b"kills its worker the first time")
    library = Library.open(tmp_path / name)
    add_folder(library, photos)
    scan_all(library)
    return library


@pytest.mark.slow
def test_ray_gives_the_same_and_a_killed_worker_loses_nothing(tmp_path, monkeypatch):
    import ray

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    order = Order(("look", "parse", "caption"))
    (tmp_path / "photos").mkdir()
    with opened(tmp_path, "ray") as library:
        workers = RayWorkers(2, job=JOB)
        try:
            killer = ray.remote(lambda: os.getpid())
            os.kill(ray.get(killer.remote()), signal.SIGKILL)
            result = list(work(library, begin(library, order), workers))[-1].result
        finally:
            workers.close()
        assert (result.done, result.failed) == (17, ())
        assert (tmp_path / "photos" / "once.seen").exists()
        by_ray = told(library)
    with opened(tmp_path, "here") as library:
        list(work(library, begin(library, order), InlineWorkers(JOB)))
        assert told(library) == by_ray

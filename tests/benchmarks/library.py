"""A library of 100,000 photos: opening it, spatial queries, facets, a page of the grid; and the rate of a batch.

``python tests/benchmarks/library.py rows [NUMBER]`` makes synthetic rows (kept in ``--folder`` if one is named) and
prints times, each the median of several calls, the first call of a fresh process apart.
``python tests/benchmarks/library.py batch [DATA] [--times N]`` parses, captions and indexes the photos of
``DATA/coco128``, N times over under other names: photos a second by the clock and by the processor's time (what a
machine with two free cores gives), and the memory of coordinator and workers as it goes.
``python tests/benchmarks/library.py kills [DATA]`` kills such a batch 20 times at random and compares the result.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
LABELS = (
    *("person", "car", "chair", "bottle", "cup", "dog", "cat", "couch", "bus", "bicycle", "book", "bowl", "bench"),
    *("bird", "boat", "horse", "sheep", "cow", "tv", "laptop", "clock", "vase", "umbrella", "backpack", "handbag"),
    *("tie", "suitcase", "frisbee", "kite", "truck", "train", "motorcycle", "pizza", "cake", "oven", "sink"),
)
QUERIES = (
    "dog left of couch",
    "person left of person",
    "person behind bus and bicycle in front",
    "two chairs facing each other",
    "cup on table",
    "exactly two dogs",
    "car left of bus and no person",
    "person next to bicycle label:dog",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    rows = tasks.add_parser("rows")
    rows.add_argument("number", nargs="?", type=int, default=100_000)
    rows.add_argument("--folder", type=Path)
    for name in ("batch", "kills"):
        task = tasks.add_parser(name)
        task.add_argument("data", nargs="?", type=Path, default=ROOT.parent / "shared" / "data")
        task.add_argument("--times", type=int, default=1)
    args = parser.parse_args()
    {"rows": time_rows, "batch": time_batch, "kills": kill_often}[args.task](args)


# ---- 100,000 rows


def time_rows(args: argparse.Namespace) -> None:
    """Make the rows if they aren't there, then time what a window does with them."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        if not (folder / "library.sqlite").exists():
            make_rows(folder, args.number)
        code = "import sys, tests.benchmarks.library as b; b.time_opening(sys.argv[1])"
        for said in ("first", "warm"):
            subprocess.run(
                [sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True, env={**os.environ, "SAID": said}
            )
        time_queries(folder)


def make_rows(folder: Path, number: int) -> None:
    """Photos with scenes of three to nine things, by seed, as batches would leave them."""
    from sd3studio.core.searching import index_of
    from sd3studio.core.searching.index import KEPT
    from sd3studio.core.searching.signature import signature_bytes
    from sd3studio.services.library import Library

    start = time.perf_counter()
    Library.open(folder).close()
    rng = random.Random(1)
    made = [index_of(_scene(rng)) for _ in range(400)]
    packed = [(index, index.to_text(), signature_bytes(index)) for index in made]
    known = {label: i for i, label in enumerate(sorted({t.label for index in made for t in index.things}), start=1)}
    db = sqlite3.connect(folder / "library.sqlite")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("INSERT INTO folders VALUES (1, '/photos', 0, 0)")
    db.executemany("INSERT INTO labels (id, label) VALUES (?, ?)", [(i, label) for label, i in known.items()])
    states = ("parsed", "parsed", "checked", "new", "in work")
    for photo in range(1, number + 1):
        index, text, signature = packed[rng.randrange(len(packed))]
        name = f"img_{photo:06d}.jpg"
        db.execute(
            "INSERT INTO photos (id, folder, path, name, size, changed_ns, missing, problem, sha256, looks, width,"
            " height, taken, camera, place, state, state_by, state_s, scene_version, scene_hash, scene_by, parsed_as,"
            " check_hash) VALUES (?, 1, ?, ?, 1, 1, 0, '', ?, ?, 640, 480, ?, ?, '', ?, '', 0, 1, 'h', 'SD3 Studio',"
            " '', '')",
            (photo, f"/photos/{photo % 500:03d}/{name}", name, f"{photo:064x}", rng.getrandbits(63),
             f"20{photo % 25:02d}-05-{1 + photo % 28:02d}", ("Canon", "Nikon", "")[photo % 3], states[photo % 5]),
        )  # fmt: skip
        db.execute("INSERT INTO indexes VALUES (?, ?, ?)", (photo, text, signature))
        db.executemany(
            "INSERT INTO counts VALUES (?, ?, ?)", [(known[label], photo, n) for label, n in index.counts().items()]
        )
        db.executemany(
            "INSERT INTO relations VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (known[a], KEPT.index(p), known[b], photo, max(0.0, grade - rng.random() * 0.1), space, seen)
                for a, p, b, grade, space, seen in index.best_by_label()
            ],
        )
        db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (photo, f"{name} " + " ".join(index.counts())))
    db.commit()
    (related,) = db.execute("SELECT count(*) FROM relations").fetchone()
    db.close()
    size = (folder / "library.sqlite").stat().st_size / 1e6
    print(f"{number:,} photos, {related:,} relations, {size:.0f} MB, made in {time.perf_counter() - start:.0f} s")


def _scene(rng: random.Random):
    from sd3studio.core.scene.values import Scene, SceneObject

    labels = rng.choices(LABELS, weights=[1 / (i + 2) for i in range(len(LABELS))], k=rng.randrange(3, 10))
    return Scene.of(
        SceneObject(
            id=f"t{i}", label=label, center=(rng.uniform(-3, 3), rng.uniform(-2, 4), 0.5), yaw=rng.uniform(-3, 3)
        )
        for i, label in enumerate(labels)
    )


def time_opening(folder: str) -> None:
    """In a process of its own: from the open library to the first page of the grid."""
    from sd3studio.services.library import Library
    from sd3studio.services.library.search import photo_ids

    start = time.perf_counter()
    library = Library.open(Path(folder))
    opened = time.perf_counter()
    ids = photo_ids(library)
    listed = time.perf_counter()
    library.photos(ids[:60])
    print(
        f"opened ({os.environ.get('SAID', '')}): {(opened - start) * 1e3:.0f} ms, all {len(ids):,} listed "
        f"{(listed - opened) * 1e3:.0f} ms, first page {(time.perf_counter() - listed) * 1e3:.0f} ms"
    )


def time_queries(folder: Path) -> None:
    """Medians of queries, facets, pages and like scenes."""
    from sd3studio.core.messages import QueryResult
    from sd3studio.core.searching import query_of_words, resolved
    from sd3studio.services.library import Library
    from sd3studio.services.library.facets import facets
    from sd3studio.services.library.filters import Filters, split_filters
    from sd3studio.services.library.search import known_labels, photo_ids, searching
    from sd3studio.services.library.similar import Signatures

    def read(text: str, labels) -> QueryResult:
        from sd3studio.ml.parsing.sentence import read_text

        query, likenesses = resolved(query_of_words(text, read_text, labels), labels)
        return QueryResult(query, tuple(likenesses))

    with Library.open(folder) as library:
        labels = tuple(known_labels(library))
        for text in QUERIES:
            result = read(text.split(" label:")[0], labels)
            _, filters = split_filters(text)
            ask = partial(searching, library, result.query, filters, 200, result.likenesses)
            took = median(lambda ask=ask: next(ask()))
            found = next(ask())
            print(f"{took}  {text}  ({found.total:,}{'' if found.whole else '+'} photos)")
            if not found.whole:
                took = median(lambda ask=ask: list(ask()), 1)
                print(f"{took}      until all candidates are looked at")
        print(f"{median(lambda: photo_ids(library, Filters(words='dog person')))}  words: dog person")
        ids = photo_ids(library)
        rng = random.Random(2)
        print(f"{median(lambda: library.photos(ids[(n := rng.randrange(len(ids) - 60)) : n + 60]))}  a page of 60")
        print(f"{median(lambda: facets(library, with_predicates=False), 3)}  facets")
        signatures = Signatures(library)
        print(f"{median(lambda: signatures.like(1), 1)}  like scenes, first call")
        print(f"{median(lambda: signatures.like(2))}  like scenes")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB most memory")


def median(call: Callable[[], object], times: int = 9) -> "Took":
    """Median time of a call by the clock and by the processor."""
    took = []
    for _ in range(times):
        start = time.perf_counter(), time.process_time()
        call()
        took.append(((time.perf_counter() - start[0]) * 1e3, (time.process_time() - start[1]) * 1e3))
    return Took(*np.median(np.array(took), axis=0).tolist())


class Took(NamedTuple):
    """Milliseconds by the clock, and of the processor alone (what a machine without other work would take)."""

    clock_ms: float
    processor_ms: float

    def __str__(self) -> str:
        return f"{self.clock_ms:7.1f} ms ({self.processor_ms:6.1f} of processor)"


# ---- batches of real photos


def time_batch(args: argparse.Namespace) -> None:
    """Photo -> 3DSG -> caption -> index, with two workers."""
    from sd3studio.core.messages import Finished, Progress
    from sd3studio.services.library import Library
    from sd3studio.services.library.batch import Order, begin, work
    from sd3studio.services.library.scanning import add_folder, scan_all
    from sd3studio.services.library.workers import ProcessWorkers

    with tempfile.TemporaryDirectory() as temporary:
        photos = Path(temporary) / "photos"
        copies(args.data / "coco128" / "images", photos, args.times)
        with Library.open(Path(temporary) / "library") as library:
            add_folder(library, photos)
            scan_all(library)
            run = begin(library, Order(("look", "parse", "caption")))
            assert run is not None
            start, used = time.perf_counter(), _processor_s()
            workers = ProcessWorkers(2)
            step = max(1, min(128 * args.times // 8, 632))
            for message in work(library, run, workers):
                if isinstance(message, Progress) and message.step and message.step % step == 0:
                    sizes = [_memory_mb(os.getpid()), *(_memory_mb(pid) for pid in workers.pids)]
                    print(
                        f"{message.step:6}  {message.text:40} memory {' + '.join(f'{s:.0f}' for s in sizes)} MB",
                        flush=True,
                    )
                if isinstance(message, Finished):
                    done = message.result.done
            took = time.perf_counter() - start
            workers.close()
            used = _processor_s() - used
        print(f"{done} photos in {took:.1f} s: {done / took:.1f} photos/s by the clock, start of the workers included")
        print(f"{used / done:.3f} s of processor a photo: {2 * done / used:.1f} photos/s on two free cores")
        print(f"load of this machine: {os.getloadavg()[0]:.1f}")


def copies(source: Path, folder: Path, times: int) -> None:
    """The photos of a folder, `times` over, a byte behind each telling them apart."""
    folder.mkdir()
    for number in range(times):
        for photo in sorted(source.glob("*.jpg")):
            target = folder / f"{number:03d}-{photo.name}"
            shutil.copy(photo, target)
            with open(target, "ab") as file:
                file.write(number.to_bytes(2, "big"))


def _processor_s() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _memory_mb(pid: int) -> float:
    """Memory of a process that is its own; pages of the mapped database, which the system takes back, don't count."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
        return int(text.split("RssAnon:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return float("nan")


def kill_often(args: argparse.Namespace) -> None:
    """Kill a batch of all photos 20 times at random; compare with one that was left alone."""
    folder = args.data / "coco128" / "images"
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "sd3studio.cli.main", "library", "--library"]
        home = {**os.environ, "SD3STUDIO_HOME": temporary, "PYTHONPATH": str(ROOT)}
        calm, killed = f"{temporary}/calm", f"{temporary}/killed"
        for library in (calm, killed):
            subprocess.run([*command, library, "add", str(folder)], env=home, check=True, stderr=subprocess.DEVNULL)
        parse = ["parse", "--caption", "sentence"]
        subprocess.run([*command, calm, *parse], env=home, check=True, stderr=subprocess.DEVNULL)
        rng, kills, first = random.Random(3), 0, True
        while kills < 20:
            task = parse if first else ["resume"]
            child = subprocess.Popen([*command, killed, *task], env=home, stderr=subprocess.PIPE, text=True)
            wanted = rng.randrange(1, 9)
            seen = 0
            for line in child.stderr:
                seen += "photos/s" in line or ".jpg" in line
                if seen >= wanted:
                    time.sleep(rng.random() * 0.3)
                    child.send_signal(signal.SIGKILL)
                    break
            child.stderr.close()
            if child.wait() == 0:
                break
            kills, first = kills + 1, False
        subprocess.run([*command, killed, "resume"], env=home, check=True, stderr=subprocess.DEVNULL)
        same = _told(calm) == _told(killed)
        said = "equals" if same else "DIFFERS FROM"
        print(f"killed {kills} times; the result {said} that of the run that was left alone")


def _told(library: str) -> str:
    db = sqlite3.connect(Path(library) / "library.sqlite")
    query = (
        "SELECT name, sha256, looks, scene_version, photos.scene_hash, state, problem, text FROM photos "
        "LEFT JOIN captions ON captions.photo = photos.id ORDER BY name, style"
    )
    told = json.dumps(db.execute(query).fetchall())
    db.close()
    return told


if __name__ == "__main__":
    main()

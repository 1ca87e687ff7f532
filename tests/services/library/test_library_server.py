"""The same library on a PostgreSQL server that the test starts: one code for both databases."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sd3studio.core.errors import InputError, MissingModelError, StudioError
from sd3studio.core.searching import query_of_words
from sd3studio.services.library import Library, State
from sd3studio.services.library.batch import Order, begin, work
from sd3studio.services.library.caption_editing import plan_replace, replace_all, undo_captions
from sd3studio.services.library.caption_store import captions_of_photo, write_caption
from sd3studio.services.library.facets import facets
from sd3studio.services.library.filters import Filters
from sd3studio.services.library.scanning import add_folder, forget_folder, scan_all
from sd3studio.services.library.search import photo_ids, search
from sd3studio.services.library.similar import Signatures, duplicates
from sd3studio.services.library.workers import InlineWorkers


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """URL of a database on a fresh server, by a socket in a folder of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (pip install 'sd3studio[cluster]')")
    programs = [shutil.which("postgres"), *Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    program = next((Path(p).resolve() for p in programs if p), None)
    if program is None:
        pytest.skip("PostgreSQL's programs are not installed")
    if not (program.parent / "initdb").exists():
        pytest.skip("PostgreSQL's initdb is not installed")
    folder = Path("/tmp") / f"sd3-pg-{os.getpid()}"
    folder.mkdir()
    prefix = [] if os.geteuid() else ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    if prefix:
        shutil.chown(folder, "nobody", "nogroup")
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = folder / "data"
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        subprocess.run([*prefix, program.parent / "initdb", "-D", data, "-U", "studio", "-A", "trust"], **run)
        start = [program.parent / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"]
        subprocess.run([*prefix, *start], **run)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL can't be started here as {getpass.getuser()}: {error}")
    yield f"postgresql://studio@/postgres?host={folder}"
    subprocess.run([*prefix, program.parent / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
    shutil.rmtree(folder, ignore_errors=True)


def filled(library: Library, photos: Path) -> Library:
    add_folder(library, photos)
    scan_all(library)
    list(work(library, begin(library, Order(("look", "parse", "caption"))), InlineWorkers("tests.library_jobs:run")))
    return library


def told(library: Library) -> list:
    """What a library tells, whatever its database."""
    rows = [library.by_path(row.path) for row in library.photos(range(1, library.count() + 1))]
    said = [(r.name, r.state, r.scene_hash, r.problem, captions_of_photo(library, r.id)[:1]) for r in rows]
    said = [(*row[:4], [c.text for c in row[4]]) for row in said]
    counts = facets(library)
    queries = []
    for words in ("person left of person", "two dogs", "dog next to couch", "chair left of cup and no person"):
        query = query_of_words(words, lambda text: pytest.fail(text), ("person", "dog", "couch", "chair", "cup"))
        found = search(library, query)
        queries.append((words, [(hit.photo, round(hit.grade, 4)) for hit in found.hits], found.total))
    like = [(hit.photo, round(hit.grade, 4)) for hit in Signatures(library).like(1, 3)]
    return [said, counts, queries, like, duplicates(library), photo_ids(library, Filters(words="dog"))]


def test_a_server_gives_the_same_as_a_file(server, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(12):
        (photos / f"{number:02}.jpg").write_bytes(f"photo {number}".encode())
    with Library.open(tmp_path / "file") as file, Library.open(server, home=tmp_path) as hosted:
        assert told(filled(hosted, photos)) == told(filled(file, photos))
        assert begin(hosted, Order(("look", "parse", "caption"))) is None
        hosted.set_state(2, "checked", "anna")
        assert hosted.next_photo("checked").id == 2 and hosted.history(2)[0].detail["to"] == State.CHECKED
        write_caption(hosted, 3, "mine", "A harbour at dusk", "anna")
        assert photo_ids(hosted, Filters(words="harbours dus")) == [3]
        step = replace_all(hosted, plan_replace(hosted, [3], "dusk", "dawn"), "anna")
        assert undo_captions(hosted, step, "anna") == (1, 0)
        assert forget_folder(hosted, 1) == 12 and hosted.count() == 0


def test_a_server_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises((StudioError, MissingModelError)):
        Library.open("postgresql://nobody@127.0.0.1:1/none", home=tmp_path)
    with pytest.raises(InputError, match="not the URL of a library"):
        Library.open("nosuch://host/name", home=tmp_path)

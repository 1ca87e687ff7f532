"""Downloads from a server of the test's own: resumed where they broke, checked, never a pickle."""

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sd3studio.core.errors import DataError, InputError, JobError
from sd3studio.core.messages import Finished, Note, Progress
from sd3studio.core.requests import DownloadModel
from sd3studio.services.models import fetching
from sd3studio.services.models.downloading import run
from sd3studio.services.models.fetching import fetch

HEADER = b'{"w":{"dtype":"U8","shape":[300000],"data_offsets":[0,300000]}}'
WEIGHTS = struct.pack("<Q", len(HEADER)) + HEADER + bytes(range(250)) * 1_200
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


class Shelf(BaseHTTPRequestHandler):
    """Serves `files`, with ranges; `breaks` are the sizes after which answers break off, one an answer."""

    files: dict[str, bytes]
    tags: dict[str, str]
    breaks: list[int]
    asked: list[str | None]
    redirects: dict[str, str]
    knows_ranges = True

    def do_GET(self):
        self.asked.append(self.headers.get("Range"))
        if self.path in self.redirects:
            self.send_response(302)
            self.send_header("Location", self.redirects[self.path])
            self.end_headers()
            return
        data = self.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        start, tag = 0, self.tags.get(self.path, '"one"')
        wanted = self.headers.get("Range")
        if wanted and self.knows_ranges and self.headers.get("If-Range") == tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        upto = start + self.breaks.pop(0) if self.breaks else len(data)
        self.wfile.write(data[start:upto])

    def log_message(self, format, *args):
        pass


@pytest.fixture
def shelf(monkeypatch) -> Iterator[type[Shelf]]:
    class Fresh(Shelf):
        """A shelf of this test alone."""

    Fresh.files, Fresh.tags, Fresh.redirects = {"/model.safetensors": WEIGHTS}, {}, {}
    Fresh.breaks, Fresh.asked = [], []
    monkeypatch.setattr(fetching, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(fetching, "CHUNK_BYTES", 10_000)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Fresh.address = f"http://127.0.0.1:{server.server_port}"
    yield Fresh
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_comes_whole_with_its_progress(shelf, tmp_path):
    target = tmp_path / "new" / "model.safetensors"
    steps = list(fetch(f"{shelf.address}/model.safetensors", target, SHA256))
    assert target.read_bytes() == WEIGHTS
    assert steps[0] == (0, len(WEIGHTS)) and steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert [path.name for path in target.parent.iterdir()] == ["model.safetensors"]


def test_a_line_that_breaks_is_taken_up_where_it_broke(shelf, tmp_path):
    shelf.breaks += [50_000, 70_000]
    target = tmp_path / "model.safetensors"
    steps = list(fetch(f"{shelf.address}/model.safetensors", target, SHA256))
    assert target.read_bytes() == WEIGHTS
    assert shelf.asked == [None, "bytes=50000-", "bytes=120000-"]
    assert [so_far for so_far, _ in steps] == sorted(so_far for so_far, _ in steps)


def test_a_download_that_was_stopped_goes_on_later(shelf, tmp_path):
    target = tmp_path / "model.safetensors"
    coming = fetch(f"{shelf.address}/model.safetensors", target, SHA256)
    while next(coming)[0] < 100_000:
        pass
    coming.close()
    assert not target.exists() and (tmp_path / "model.safetensors.part").stat().st_size == 100_000
    list(fetch(f"{shelf.address}/model.safetensors", target, SHA256))
    assert target.read_bytes() == WEIGHTS and shelf.asked[-1] == "bytes=100000-"


@pytest.mark.parametrize("change", ["another tag", "no ranges", "no note"])
def test_what_came_of_another_version_is_not_mixed_in(shelf, tmp_path, change):
    target = tmp_path / "model.safetensors"
    (tmp_path / "model.safetensors.part").write_bytes(b"\0" * 1_000)
    note = {"url": f"{shelf.address}/model.safetensors", "tag": '"one"'}
    (tmp_path / "model.safetensors.part.json").write_text(json.dumps(note))
    if change == "another tag":
        shelf.tags["/model.safetensors"] = '"two"'
    elif change == "no ranges":
        shelf.knows_ranges = False
    else:
        (tmp_path / "model.safetensors.part.json").unlink()
    list(fetch(f"{shelf.address}/model.safetensors", target, SHA256))
    assert target.read_bytes() == WEIGHTS


def test_more_than_the_server_has_is_begun_anew(shelf, tmp_path):
    target = tmp_path / "model.safetensors"
    (tmp_path / "model.safetensors.part").write_bytes(b"\0" * (len(WEIGHTS) + 5))
    note = {"url": f"{shelf.address}/model.safetensors", "tag": '"one"'}
    (tmp_path / "model.safetensors.part.json").write_text(json.dumps(note))
    list(fetch(f"{shelf.address}/model.safetensors", target, SHA256))
    assert target.read_bytes() == WEIGHTS


def test_a_wrong_hash_deletes_what_came(shelf, tmp_path):
    with pytest.raises(DataError, match=r"model.safetensors was deleted: its SHA-256 is .* should be 0000"):
        list(fetch(f"{shelf.address}/model.safetensors", tmp_path / "model.safetensors", "0" * 64))
    assert list(tmp_path.glob("model*")) == []


def test_a_page_in_place_of_weights_is_not_taken(shelf, tmp_path):
    shelf.files["/model.safetensors"] = b"<html>Please sign in</html>"
    with pytest.raises(DataError, match="not a safetensors file"):
        list(fetch(f"{shelf.address}/model.safetensors", tmp_path / "model.safetensors"))
    assert list(tmp_path.glob("model*")) == []


def test_a_line_that_stays_broken_is_given_up_and_what_came_is_kept(shelf, tmp_path):
    shelf.breaks += [40_000, 0, 0, 0, 0]
    with pytest.raises(JobError, match="What has come so far is kept"):
        list(fetch(f"{shelf.address}/model.safetensors", tmp_path / "model.safetensors", SHA256))
    assert (tmp_path / "model.safetensors.part").stat().st_size == 40_000


def test_what_is_not_there_is_a_sentence(shelf, tmp_path):
    with pytest.raises(JobError, match="the server says 404"):
        list(fetch(f"{shelf.address}/other.safetensors", tmp_path / "other.safetensors"))


def test_a_redirect_to_another_kind_of_address_is_not_followed(shelf, tmp_path):
    shelf.redirects["/model.safetensors"] = "file:///etc/passwd"
    with pytest.raises(JobError):
        list(fetch(f"{shelf.address}/model.safetensors", tmp_path / "model.safetensors"))
    assert list(tmp_path.glob("model*")) == []


@pytest.mark.parametrize(
    ("url", "name", "said"),
    [
        ("https://example.org/model.ckpt", "model.ckpt", "only .safetensors, .onnx"),
        ("https://example.org/pytorch_model.bin", "pytorch_model.bin", "can run code"),
        ("http://example.org/model.safetensors", "model.safetensors", "not encrypted"),
        ("ftp://example.org/model.safetensors", "model.safetensors", "not an https address"),
        ("file:///etc/model.json", "model.json", "not an https address"),
    ],
)
def test_what_is_never_fetched(tmp_path, url, name, said):
    with pytest.raises(InputError, match=said):
        next(fetch(url, tmp_path / name))


def test_a_full_disk_is_said_before_it_is_full(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "SPARE_BYTES", 10**18)
    with pytest.raises(JobError, match="are free at"):
        list(fetch(f"{shelf.address}/model.safetensors", tmp_path / "model.safetensors"))


def test_the_job_gets_a_file_by_its_address(shelf, tmp_path):
    request = DownloadModel(name=f"{shelf.address}/model.safetensors", folder=str(tmp_path / "m"))
    messages = list(run(request))
    assert messages[-1] == Finished(str(tmp_path / "m" / "model.safetensors"))
    assert any(isinstance(message, Note) and SHA256 in message.text for message in messages)
    assert any(isinstance(message, Progress) for message in messages)


@pytest.mark.parametrize("name", ["not a model", "https://example.org/", "../../x"])
def test_a_name_that_is_no_model_is_a_sentence(tmp_path, name):
    with pytest.raises(InputError):
        list(run(DownloadModel(name=name, folder=str(tmp_path))))

"""`kill -9` of a process that edits and saves: what was committed is there afterwards, and no file is half."""

import random
import signal
import subprocess
import sys
import time

import pytest

from sd3studio.core.scene.json_form import read_scene
from sd3studio.services.journal import read_journal

EDITOR = """
import sys
from pathlib import Path
from sd3studio.core.document import Document
from sd3studio.core.edits import AddObjects, MoveObjects
from sd3studio.core.scene import SceneObject
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.files import write_atomic
from sd3studio.services.journal import Journal
home = Path(sys.argv[1])
document = Document()
journal = Journal(home / "a.journal", document)
for number in range(100_000):
    if number % 3:
        document.apply(MoveObjects(tuple(document.committed.objects)[-3:], (0.1, 0.0, 0.0)))
    else:
        document.apply(AddObjects((SceneObject(id=f"o{number}", label=f"thing {number}"),)))
    if number % 5 == 0:
        write_atomic(home / "scene.json", write_scene(document.committed).encode())
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_nothing_committed_is_lost_and_no_file_is_half(tmp_path, seed):
    process = subprocess.Popen([sys.executable, "-c", EDITOR, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.6))
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    told = [int(line) for line in said.split("\n")[:-1] if line]
    last = told[-1] if told else 0
    steps, position = read_journal(tmp_path / "a.journal")
    assert position == len(steps) - 1 >= last + 1
    scene = steps[position].scene
    assert all(f"o{number}" in scene.objects for number in range(0, last + 1, 3))
    saved = read_scene((tmp_path / "scene.json").read_bytes())
    assert set(saved.objects) <= set(scene.objects)

"""From a cold process to the first frame of the window, beside an empty pyqtgraph GL window.

    xvfb-run -a python tests/benchmarks/startup.py

Each start is a process of its own; the two kinds take turns and the medians are compared. Bar: at most 1.5 times.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

PEER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sd3studio.ui.canvas.gl_format import set_default_format
set_default_format()
app = QApplication(sys.argv[:1])
import pyqtgraph.opengl as gl
view = gl.GLViewWidget()
view.addItem(gl.GLGridItem())
view.resize(1500, 940)
view.show()
view.frameSwapped.connect(app.quit)
app.exec()
"""

OURS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sd3studio.ui.canvas.gl_format import set_default_format
set_default_format()
app = QApplication(sys.argv[:1])
from sd3studio.app import App
from sd3studio.ui import theme
from sd3studio.ui.main_window import MainWindow
theme.apply_theme(app, theme.DARK)
studio = App()
window = MainWindow(studio)
window.show()
window.view.frameSwapped.connect(app.quit)
app.exec()
assert "torch" not in sys.modules
import os
os._exit(0)
"""


def seconds_to_first_frame(code: str, home: str) -> float:
    """Wall time of one start."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "SD3STUDIO_HOME": home})
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    times: dict[str, list[float]] = {"empty pyqtgraph GL window": [], "SD3 Studio": []}
    with tempfile.TemporaryDirectory() as home:
        for code in (PEER, OURS):
            seconds_to_first_frame(code, home)  # fills the disk cache
        for _ in range(args.repeats):
            for name, code in zip(times, (PEER, OURS), strict=True):
                times[name].append(seconds_to_first_frame(code, home))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:28} {value:6.2f} s")
    print(f"{'ratio':28} {medians['SD3 Studio'] / medians['empty pyqtgraph GL window']:6.2f}   (bar: at most 1.5)")


if __name__ == "__main__":
    main()

"""The window starts light: no learning library is imported, not even indirectly."""

import subprocess
import sys

HEAVY = ("torch", "diffusers", "transformers", "spacy", "onnxruntime", "cv2", "scipy", "trimesh")


def test_importing_the_window_imports_nothing_heavy():
    code = f"import sys, sd3studio.ui.main_window\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []

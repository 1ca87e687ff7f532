"""Training killed at random moments, as often as asked for: `python tests/benchmarks/kill_training.py [KILLS STEPS]`.

A tiny system is trained without a disturbance, with SIGKILL at random moments and a resume after each, and by two
processes at the same batch. Printed is whether losses and weights are the same to the bit, how many steps were done
twice, and how far the two processes are from one.
"""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "ml" / "training")]


def main() -> None:
    import train_tiny

    kills, steps = (int(word) for word in (*sys.argv[1:3], "100", "400")[:2]) if len(sys.argv) > 2 else (100, 400)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train_tiny.main(folder, kills, steps)
        told = {run: _losses(folder / run) for run in ("whole", "killed", "shared")}
        same = all(
            (folder / "killed" / path.relative_to(folder / "whole")).read_bytes() == path.read_bytes()
            for path in (folder / "whole" / "system").rglob("*.safetensors")
        )
        apart = max(abs(a - b) for a, b in zip(told["whole"], told["shared"], strict=True))
        print(f"kills                     {json.loads((folder / 'kills.json').read_bytes())}")
        print(f"steps                     {len(told['whole'])}")
        print(f"losses the same to the bit {told['whole'] == told['killed']}")
        print(f"weights the same to the bit {same}")
        print(f"two processes, largest difference of a loss {apart:.2e}")


def _losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


if __name__ == "__main__":
    main()

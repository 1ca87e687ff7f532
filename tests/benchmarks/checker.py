"""How right the checker is on composed scenes of known truth, right and deliberately broken.

Run: python tests/benchmarks/checker.py [SCENES] [FIRST_SEED]. For each verdict it prints precision and recall among the
decided cases, and the share left undecided; below them what was said of what.
"""

import os
import sys
import time
from random import Random

os.environ.setdefault("LP_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

SIZE_PX = 512


def main(count: int, first: int) -> None:
    from sd3studio.core.synthesis import compose
    from sd3studio.ml.metrics.checker_trials import Tally, count_trial, trials

    tally, pictures, start = Tally(), 0, time.perf_counter()
    for seed in range(first, first + count):
        rng = Random(f"checker/{seed}")
        for trial in trials(compose("mixed", seed, SIZE_PX), SIZE_PX, rng):
            count_trial(trial, SIZE_PX, rng, tally)
            pictures += 1
    print(f"{pictures} pictures of {count} scenes in {time.perf_counter() - start:.0f} s")
    for row in tally.rows():
        print(
            f"{row['kind']:9} {row['verdict']:12} {row['cases']:5} cases  precision {row['precision']:.3f}  "
            f"recall {row['recall']:.3f}  undecided {row['undecided']:.2f}"
        )
    for kind in ("objects", "relations", "colours"):
        told = {f"{truth} -> {verdict}": n for (truth, verdict), n in sorted(getattr(tally, kind).items())}
        print(f"{kind}: {told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, int(sys.argv[2]) if len(sys.argv) > 2 else 500_000)

"""Is fine-tuning the relation model worth it? `python tests/benchmarks/fine_tuning.py VSD_FILE [SHARE]`.

More photos: a model is fitted on a share of the training photos of a VSD file (a fifth by default), and then tuned by a
run on all others, as a user's corrected photos would.

A person's way of seeing it: the model beside SD3 mini's weights, which was fitted on the training photos as they are,
is tuned by a run on the same photos as corrected by somebody who never says *next to*, but to the left or to the right,
by where the boxes are.

Before and after, the relations of the photos of the development split, which none of them saw, are told; printed are
the shares that are right, and the difference, with 95 % intervals over the pairs. The model of the program itself was
fitted on the whole file: no part of it can judge that one.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]


def main() -> None:
    source, share = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.2
    with tempfile.TemporaryDirectory() as name:
        more_photos(source, share, Path(name))
        another_way(source, Path(name))


def more_photos(source: Path, share: float, folder: Path) -> None:
    """A model of a share of the photos, tuned on the others."""
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.training.data.annotated import split_of
    from sd3studio.ml.training.goals import relations
    from sd3studio.ml.training.relation_model import features_of, fit_ensemble

    train, dev = relations.split_pairs(source)
    photos = sorted({image for image in train.images})
    first = set(photos[: round(share * len(photos))])
    known = train.only([k for k, image in enumerate(train.images) if image in first])
    prior = RelationModel.load().prior
    base = fit_ensemble(prior, features_of(prior, known), known.predicates)
    base.save(folder / "base", {})
    rest = [item for item in json.loads(source.read_text()) if item["img_id"] not in first]
    tuned, took = _tuned(rest, folder / "base", folder / "more")
    learnt = sum(split_of(item["img_id"]) == "train" for item in rest)
    print(f"fitted on {len(first)} photos, tuned on {learnt} others in {took:.0f} s; {len(dev)} pairs of other photos")
    _compare(base, tuned, dev)


def another_way(source: Path, folder: Path) -> None:
    """The model beside SD3 mini's weights, tuned to somebody who never says *next to*."""
    from sd3studio.core.locations import SD3_MINI
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.text_path import RELATIONS
    from sd3studio.ml.training.goals import relations

    items = json.loads(source.read_text())
    changed = 0
    for item in items:
        for triple in item["triple_list"]:
            if triple["p"] == "next to":
                first, second = (sum(triple[end][2:]) for end in ("s_bbox", "o_bbox"))  # y0, y1, x0, x1
                triple["p"] = "to the left of" if first < second else "to the right of"
                changed += 1
    base = RelationModel.load(SD3_MINI / RELATIONS)
    tuned, took = _tuned(items, SD3_MINI / RELATIONS, folder / "way")
    _, dev = relations.split_pairs(folder / "way.json")
    print(
        f"\nnever 'next to' ({changed} relations are others), tuned in {took:.0f} s; {len(dev)} pairs of other photos"
    )
    _compare(base, tuned, dev)


def _tuned(items: list, start: Path, run: Path):
    """The model of a run on these items (kept in ``RUN.json``) that began with `start`; and how long that took, s."""
    from sd3studio.core.training.run import RunRequest
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.training.goals import relations

    data = run.with_suffix(".json")
    data.write_text(json.dumps(items))
    begun = time.perf_counter()
    for _ in relations.run(RunRequest(goal="relations", data=str(data), start=(str(start),)), run):
        pass
    return RelationModel.load(run / "result"), time.perf_counter() - begun


def _compare(base, tuned, dev) -> None:
    from sd3studio.ml.training.goals import relations

    before, after = (relations.hits(model, dev).astype(float) for model in (base, tuned))
    for title, values in (("before", before), ("after", after), ("difference", after - before)):
        print(f"{title:10} {_told(values)}")


def _told(values: np.ndarray) -> str:
    from sd3studio.ml.metrics.bootstrap import mean_interval

    low, high = mean_interval(values) or (0.0, 0.0)
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()

"""Is fine-tuning the relation model worth it? `python tests/benchmarks/fine_tuning.py VSD_FILE [SHARE]`.

A model is fitted on a share of the training photos of a VSD file (a fifth by default), and then tuned by a run on all
others, as a user's corrected photos would. Both tell the relations of the photos of the development split, which
neither saw; printed are the shares that are right, and the difference, with 95 % intervals over the pairs. The model
that ships beside SD3 mini's weights saw the whole training split, so tuning it on the same split is no test.
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
    from sd3studio.core.training.run import RunRequest
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.training.data.annotated import split_of
    from sd3studio.ml.training.goals import relations
    from sd3studio.ml.training.relation_model import features_of, fit_ensemble

    source, share = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.2
    train, dev = relations.split_pairs(source)
    photos = sorted({image for image in train.images})
    first = set(photos[: round(share * len(photos))])
    known = train.only([k for k, image in enumerate(train.images) if image in first])
    prior = RelationModel.load().prior
    with tempfile.TemporaryDirectory() as name:
        base = fit_ensemble(prior, features_of(prior, known), known.predicates)
        base.save(Path(name) / "base", {})
        rest = [item for item in json.loads(source.read_text()) if item["img_id"] not in first]
        (Path(name) / "vsd.json").write_text(json.dumps(rest))
        begun = time.perf_counter()
        request = RunRequest(goal="relations", data=f"{name}/vsd.json", start=(f"{name}/base",))
        for _ in relations.run(request, Path(name) / "run"):
            pass
        took = time.perf_counter() - begun
        tuned = RelationModel.load(Path(name) / "run" / "result")
    before, after = (relations.hits(model, dev).astype(float) for model in (base, tuned))
    learnt = sum(split_of(item["img_id"]) == "train" for item in rest)
    print(f"fitted on {len(first)} photos, tuned on {learnt} others in {took:.0f} s; {len(dev)} pairs of other photos")
    for title, values in (("before", before), ("after", after), ("difference", after - before)):
        print(f"{title:10} {_told(values)}")


def _told(values: np.ndarray) -> str:
    from sd3studio.ml.metrics.bootstrap import mean_interval

    low, high = mean_interval(values) or (0.0, 0.0)
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()

"""Do SD3 mini's captions take on people's way of writing? `python tests/benchmarks/fine_tuning_captions.py VSD_FILE`.

`... VSD_FILE [STEPS LEARNT JUDGED]`, 300, 800 and all by default. The photos of a VSD file become scenes with the
captions that people wrote about them, as a user's checked photos are; those of the training part are tuned on by a
run, in the style in which the program writes captions of scenes. The photos of the development part, which neither
the shipped weights nor the run saw, are then described before and after: one sentence about the first relation of
each, nothing of the photo seen. Printed are BLEU-4 against people's captions and the share of sentences in which the
relation is read, with 95 % intervals over the photos, and by how much they grow (the photos drawn are the same for
both).

For comparison BLEU-4 of the best one-line template, and of the shipped weights in the style of this file, which they
learnt from its training part: what a style of its own, trained for long, can reach.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
USUAL = (300, 800, 10_000)


def main() -> None:
    from sd3studio.core.training.run import RunRequest
    from sd3studio.ml import text_path
    from sd3studio.ml.metrics.text import TEMPLATES, fill, items_of, relations_said, style_of, told
    from sd3studio.ml.shipped import mini
    from sd3studio.ml.training.goals import sd3

    source, given = Path(sys.argv[1]), [int(word) for word in sys.argv[2:5]]
    steps, learnt, judged = (*given, *USUAL[len(given) :])
    items = items_of(source, "dev", judged)
    parts = ("text_codec", "graph_codec", "text_diffusion", "text_prior")
    shipped = mini(*parts)
    with tempfile.TemporaryDirectory() as name:
        scenes = _data_set(source, Path(name), learnt)
        request = RunRequest(
            goal="sd3", config="fine-tuning", only="text_codec", data=f"{name}/set", steps=steps, threads=1
        )
        begun = time.process_time()
        for _ in sd3.run(request, Path(name) / "run"):
            pass
        took = time.process_time() - begun
        tuned = mini(*parts, folder=Path(name) / "run" / "result")
        before, after = (_written(items, system) for system in (shipped, tuned))
    style = style_of(source)
    own_style = text_path.triple_sentences(
        [told(item) for item in items], shipped, style=style, plans=text_path.plans_of(style)
    )
    print(f"{scenes} photos, {steps} steps in {took:.0f} s of processor; {len(items)} held-out photos")
    print(f"before     BLEU-4 {_bleu(items, before)}, relation read in {_share(relations_said(items, before))}")
    print(f"after      BLEU-4 {_bleu(items, after)}, relation read in {_share(relations_said(items, after))}")
    print(f"grows by   BLEU-4 {_bleu(items, after, before)}")
    print(f"shipped, in the style {style!r}   BLEU-4 {_bleu(items, own_style)}")
    filled = [[fill(t, item, _predicate(item)) for item in items] for t in TEMPLATES]
    print(f"best template   BLEU-4 {max((_bleu(items, texts) for texts in filled), key=lambda t: float(t.split()[0]))}")
    for k in range(0, min(len(items), 40), 8):
        print(f"  {before[k]}  ->  {after[k]}   ({items[k].captions[0]})")


def _data_set(source: Path, folder: Path, learnt: int) -> int:
    """The first photos of the training part as a data set with people's captions alone; how many there are."""
    from sd3studio.core.training.requests import MakeDataset
    from sd3studio.ml.training.data.own import make_own_dataset, read_own_scenes
    from sd3studio.ml.training.data.records import SampleSettings
    from sd3studio.services.library.datasets import gathered

    ready, _ = gathered(MakeDataset(sources=(str(source),)), folder / "gathered", lambda text, labels: None)
    scenes = [one for one in read_own_scenes([Path(name) for name in ready.sources]) if one.split == "train"][:learnt]
    made = make_own_dataset(folder / "set", scenes, SampleSettings(size_px=32, captions=1, maps=False, quality="draft"))
    return made["train"].recipe.count


def _written(items, system) -> list[str]:
    """A sentence about the first relation of each item, in the style of captions of scenes."""
    from sd3studio.ml.metrics.text import told
    from sd3studio.ml.text_path import write
    from sd3studio.ml.training.sources.texts import vsd_graph

    graphs = []
    for item in items:
        graph = vsd_graph(told(item))
        graphs.append(graph.replace(objects=tuple(thing.replace(box=None) for thing in graph.objects)))
    return [one.sentences[0] if one.sentences else "" for one in write(graphs, system)]


def _predicate(item):
    from sd3studio.core.scene.predicates import Predicate

    return Predicate(item.triples[0][1])


def _bleu(items, sentences: list[str], less: list[str] | None = None) -> str:
    """BLEU-4 of sentences with its interval, or by how much it is above that of others."""
    from sd3studio.ml.metrics.bleu import bleu_counts, bleu_of
    from sd3studio.ml.metrics.bootstrap import interval
    from sd3studio.ml.metrics.text import references_of

    references = [references_of(item) for item in items]
    counts = [bleu_counts(some, references) for some in (sentences, less) if some is not None]

    def value(chosen: np.ndarray) -> float:
        first, *rest = (100.0 * bleu_of(count[chosen])[3] for count in counts)
        return first - sum(rest)

    low, high = interval(value, len(items)) or (0.0, 0.0)
    return f"{value(np.arange(len(items))):.1f} ({low:.1f} to {high:.1f})"


def _share(right: np.ndarray) -> str:
    return f"{right.mean():.1%}"


if __name__ == "__main__":
    main()

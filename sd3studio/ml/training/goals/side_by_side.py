"""What weights make of the same few scenes, to be looked at beside what others make of them.

Scenes are those of the development part; pictures have the same seed. Of a relation model: what it reads in pairs of
things, beside what people said.
"""

from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.training.messages import Shown, WeightsShown
from sd3studio.ml.training.data.shards import INDEX, SPLITS, Dataset
from sd3studio.ml.training.goals.scoring import RELATION_MODEL

SEED, STEPS, GUIDANCE, SAMPLES = 0, 12, 2.0, 16


def shown_by(folder: Path, data: Path, limit: int) -> WeightsShown:
    """Truth, and what the weights in `folder` make, of at most `limit` scenes or pairs. Raises `DataError`."""
    truth, made = (_relations if (folder / RELATION_MODEL).is_file() else _scenes)(folder, data, limit)
    return WeightsShown(str(folder), tuple(truth), tuple(made))


def _scenes(folder: Path, data: Path, limit: int) -> tuple[list[Shown], list[Shown]]:
    """Pictures and sentences, whatever of both the weights have parts for."""
    from sd3studio.ml.generation.pictures import png_of
    from sd3studio.ml.image_path import BLOCK_PX, PARTS, sample_picture
    from sd3studio.ml.system import System
    from sd3studio.ml.text_path import write

    dev = data / SPLITS[1]
    dataset = Dataset(dev if (dev / INDEX).is_file() else data)
    maps = ("rgb",) if dataset.index.recipe.settings.maps else ()
    samples = [one for one, _ in zip(dataset.samples(maps) if maps else _without(dataset), range(limit), strict=False)]
    if not samples:
        raise DataError(f"{data} has no scenes to look at.")
    system = System.load(folder)
    said = [one.record.sentences[0] if one.record.sentences else None for one in samples]
    graphs = [one.graph for one in said if one is not None]
    told = iter(write(graphs, system, seed=SEED, samples=SAMPLES) if "text_codec" in system.parts and graphs else ())
    truth, made = [], []
    for sample, sentence in zip(samples, said, strict=True):
        text = sentence.caption.text if sentence is not None else ""
        own = next(told, None) if sentence is not None else None
        truth.append(Shown(text, png_of(sample.maps["rgb"]) if maps else None))
        png = None
        if maps and all(part in system.parts for part in PARTS):
            size = dataset.index.recipe.settings.size_px // BLOCK_PX * BLOCK_PX
            *_, last = sample_picture(
                sample.record.scene, "", SEED, STEPS, GUIDANCE, size, size, system, previews=False
            )
            png = png_of(last.pixels)
        made.append(Shown(own.sentences[0] if own is not None and own.sentences else "", png))
    return truth, made


def _without(dataset: Dataset):  # type: ignore[no-untyped-def]
    """The samples of a data set that has no maps."""
    from sd3studio.ml.training.data.records import Sample

    return (Sample(record, {}) for record in dataset.records())


def _relations(folder: Path, data: Path, limit: int) -> tuple[list[Shown], list[Shown]]:
    """What people said of pairs, and what the model reads with which probability."""
    from sd3studio.core.scene.predicates import VSD_PREDICATES
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.training.goals.relations import split_pairs
    from sd3studio.ml.training.relation_model import features_of

    _, dev = split_pairs(data)
    if not len(dev):
        raise DataError(f"{data} has no relations of photos that are kept to judge by.")
    few = dev.only(list(range(0, len(dev), max(1, len(dev) // limit)))[:limit])
    model = RelationModel.load(folder)
    odds = model.from_features(features_of(model.prior, few))
    truth = [
        Shown(f"{s} {VSD_PREDICATES[p].value} {o}")
        for s, p, o in zip(few.subjects, few.predicates.tolist(), few.objects, strict=True)
    ]
    made = [Shown(f"{VSD_PREDICATES[int(row.argmax())].value} ({row.max():.0%})") for row in odds]
    return truth, made

"""What is wrong with a data set that is there already: sentences, for people, before a run starts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset

RARE, COMMON_SHARE = 5, 0.5


def problems_in(parts: Mapping[str, Path]) -> tuple[str, ...]:
    """Problems of a data set whose parts (name -> folder) are learnt from and judged by, the gravest first.

    Raises `DataError` for a part that can't be read.
    """
    origins: dict[str, set[str]] = defaultdict(set)
    classes: Counter[str] = Counter()
    total, lost, silent, unseen = 0, [], [], []
    found = []
    for name, folder in parts.items():
        data = Dataset(folder)
        if not data.index.complete:
            found.append(f"The part {name!r} is not finished: go on making it, or make it anew.")
        for record in data.records():
            total += 1
            title = f"{name} {record.seed}"
            origins[_origin(record)].add(name)
            classes.update(thing.category or thing.label for thing in record.scene.solid_objects())
            if record.scene.photo is not None and not Path(record.scene.photo.path).is_file():
                lost.append(title)
            if not any(one.caption.text.strip() for one in record.sentences):
                silent.append(title)
            if not record.boxes:
                unseen.append(title)
    if not total:
        return (*found, "There is no scene in it.")
    both = [origin for origin, names in origins.items() if len(names) > 1]
    if both:
        found.append(
            f"{len(both)} photos or scenes are on both sides of the split: scores on them say nothing. Make the data "
            "set anew with `sd3studio dataset own`, which splits by photo."
        )
    for names, what in (
        (unseen, "show nothing in their pictures"),
        (silent, "have no caption, so sentences can't be learnt from them"),
        (lost, "are of photos that are not where they were"),
    ):
        if names:
            found.append(f"{len(names)} of {total} scenes {what} ({some(names)}).")
    return (*found, *imbalance(classes))


def imbalance(classes: Counter[str]) -> list[str]:
    """Sentences about classes (name -> things) that are rare, and about one that is most of all."""
    found = []
    rare = [name for name, count in classes.items() if count < RARE]
    if rare:
        found.append(f"{len(rare)} of {len(classes)} classes are seen fewer than {RARE} times ({some(sorted(rare))}).")
    top, count = classes.most_common(1)[0] if classes else ("", 0)
    if len(classes) > 1 and count > COMMON_SHARE * classes.total():
        found.append(f"{count / classes.total():.0%} of all objects are of one class, {top}.")
    return found


def some(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _origin(record: SceneRecord) -> str:
    """What must not be on both sides: the photo, or the scene itself."""
    photo = record.scene.photo
    return photo.sha256 if photo is not None else sha256(record.scene.model_dump_json().encode())

"""Trials of known truth: what is damaged, and how verdicts are counted."""

from collections import Counter
from random import Random

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.scene import Camera, Scene
from sd3studio.ml.metrics.checker import scores
from sd3studio.ml.metrics.checker_trials import DAMAGES, Tally, count_trial, trials

SIZE_PX = 448


def scene() -> Scene:
    person = shipped_catalogue().of_category("person")[0].as_object("person", -1.0, -1.0)
    dog = shipped_catalogue().of_category("dog")[0].as_object("dog", 0.8, -2.5).replace(yaw=1.2)
    camera = Camera(position=(0.0, -7.0, 1.6), target=(0.0, 0.0, 0.8), width=SIZE_PX, height=SIZE_PX)
    return Scene.of([person, dog], camera=camera)


def test_precision_and_recall_are_of_the_decided() -> None:
    counts = Counter({("found", "found"): 8, ("found", "missing"): 1, ("found", "cannot decide"): 1})
    counts[("missing", "missing")] = 3
    rows = {row["verdict"]: row for row in Tally(objects=counts).rows()}
    assert rows["found"]["precision"] == 1.0 and rows["found"]["recall"] == pytest.approx(8 / 9)
    assert rows["found"]["undecided"] == pytest.approx(0.1)
    assert rows["missing"]["precision"] == pytest.approx(3 / 4) and rows["missing"]["recall"] == 1.0
    assert scores(Tally(objects=counts))["missing.precision"] == pytest.approx(3 / 4)


@pytest.mark.gl
def test_each_damage_changes_its_object_and_nothing_else() -> None:
    made = {trial.damage: trial for trial in trials(scene(), SIZE_PX, Random(1))}
    assert set(made) == set(DAMAGES)
    for damage, trial in made.items():
        others = set(trial.asked.objects) & set(trial.drawn.objects) - {trial.target}
        assert all(trial.asked.objects[name] == trial.drawn.objects[name] for name in others)
        assert (trial.asked == trial.drawn) == (damage == "none")
    assert set(made["removed"].drawn.objects) | {made["removed"].target} == set(made["removed"].asked.objects)


@pytest.mark.gl
def test_a_trial_is_counted_by_its_truth() -> None:
    tally = Tally()
    removed = next(trial for trial in trials(scene(), SIZE_PX, Random(1)) if trial.damage == "removed")
    report = count_trial(removed, SIZE_PX, Random(0), tally)
    assert report.reader == "detectors"
    assert {truth for truth, _ in tally.objects} >= {"found", "missing"}
    assert tally.objects["missing", "missing"] + tally.objects["missing", "cannot decide"] == 1
    assert all(truth == "broken" for truth, _ in tally.relations)

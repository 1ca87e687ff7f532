"""Tables that are laid: things rest on their top, in the free middle, and one colour is not for all of them."""

from random import Random

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.relations.supports import support_of, surface_height
from sd3studio.core.synthesis.dressing import MANY_COLOURS, Dresser
from sd3studio.core.synthesis.plot import FREE_MIDDLE_M, Plot
from sd3studio.core.synthesis.steps import Step, Zone

LAID = sorted(MANY_COLOURS)


@pytest.mark.parametrize("mesh", LAID)
def test_things_rest_on_the_top_and_not_on_the_glasses(mesh: str) -> None:
    entry = shipped_catalogue().entries[mesh]
    table = entry.as_object("table")
    assert 0.70 < surface_height(table) < 0.80 < entry.size[2]
    assert support_of(table).underside < support_of(table).surface


def test_a_bare_table_carries_at_its_full_height() -> None:
    table = shipped_catalogue().entries["dining-table"].as_object("table")
    assert surface_height(table) == pytest.approx(table.size[2])


@pytest.mark.parametrize("mesh", LAID)
def test_composed_scenes_do_not_paint_them(mesh: str) -> None:
    made = [Dresser(Random(seed), painted=1.0).thing(f"={mesh}") for seed in range(5)]
    assert [thing.colour for thing in made] == [None] * 5
    assert Dresser(Random(0), painted=1.0).thing("=dining-table-black").colour is not None


def test_things_come_into_the_free_middle() -> None:
    for seed in range(4):
        plot = Plot(Random(seed), (), 4.0, 4.0, {"middle": Zone(0.0, 0.0, 0.5, 0.5)})
        plot.do(Step("floor", ("=dining-table-laid",), ("middle",)))
        plot.do(Step("on", ("cup",), ("dining table",), 1.0, 1))
        table, cup = plot.things.values()
        away = [cup.center[axis] - table.center[axis] for axis in (0, 1)]
        assert max(map(abs, away)) <= 2**0.5 * FREE_MIDDLE_M
        assert cup.center[2] - cup.size[2] / 2.0 == pytest.approx(surface_height(table), abs=1e-3)

"""Style presets: what ships is valid, the user's own are added, take precedence, and go; damage is a sentence."""

from pathlib import Path

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.picture_controls import Style
from sd3studio.services.styles import add_style, all_styles, find_style, own_styles, remove_style, shipped_styles


def test_shipped_presets_have_words_and_names_of_their_own() -> None:
    names = [style.name.lower() for style in shipped_styles()]
    assert len(names) == len(set(names)) >= 8
    assert all(style.prompt and style.about for style in shipped_styles())


def test_own_presets_are_kept_replace_and_go(tmp_path: Path) -> None:
    night, mine = Style(name="night", prompt="moonlight"), Style(name="Mine", prompt="pastel", guidance=3.0)
    add_style(tmp_path, mine)
    add_style(tmp_path, night)
    add_style(tmp_path, mine.replace(steps=9))
    assert own_styles(tmp_path) == (night, mine.replace(steps=9))
    assert find_style(tmp_path, "NIGHT") == night
    assert len(all_styles(tmp_path)) == len(shipped_styles()) + 1
    remove_style(tmp_path, "Night")
    assert find_style(tmp_path, "night") in shipped_styles()


def test_what_can_not_be_done_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no style 'Fog'.*Oil painting"):
        find_style(tmp_path, "Fog")
    with pytest.raises(InputError, match="ships with the program"):
        remove_style(tmp_path, "Night")
    with pytest.raises(InputError, match="not among your own"):
        remove_style(tmp_path, "Fog")
    (tmp_path / "styles.json").write_text('{"version": 1, "styles": [{"name": ""}]}')
    with pytest.raises(InputError, match=r"styles\.json: styles\.0\.name"):
        all_styles(tmp_path)

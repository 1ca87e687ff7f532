"""Typed settings and their versions."""

import pytest
from pydantic import BaseModel, ValidationError

from sd3studio.core import settings as module
from sd3studio.core.settings import Settings, migrate


def test_settings_survive_json() -> None:
    changed = Settings().replace(keys={"generate": "Ctrl+Return"})
    assert Settings.model_validate_json(changed.model_dump_json()) == changed


def test_every_setting_has_a_title() -> None:
    for name, section in Settings.model_fields.items():
        if name == "version":
            continue
        assert section.title, name
        inner = section.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            assert [key for key, field in inner.model_fields.items() if not field.title] == []


def test_values_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"version": 1, "generation": {"steps": 0}})


@pytest.mark.parametrize("version", [None, "1", 0, True, 2.5])
def test_a_version_must_be_a_whole_number(version: object) -> None:
    with pytest.raises(ValueError, match="field version"):
        migrate({"version": version})


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="newer program"):
        migrate({"version": module.VERSION + 1})


def test_each_migration_is_applied_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VERSION", 3)
    steps = {1: lambda raw: {**raw, "a": 1, "version": 2}, 2: lambda raw: {**raw, "b": raw["a"] + 1, "version": 3}}
    monkeypatch.setattr(module, "MIGRATIONS", steps)
    assert migrate({"version": 1}) == {"version": 3, "a": 1, "b": 2}
    assert migrate({"version": 2, "a": 5}) == {"version": 3, "a": 5, "b": 6}


def test_there_is_a_migration_from_each_earlier_version() -> None:
    assert sorted(module.MIGRATIONS) == list(range(1, module.VERSION))

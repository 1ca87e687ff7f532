"""The README names every command and every folder of the package; each command has help."""

import re

import pytest

from sd3studio.cli.evaluate import EVALUATIONS
from sd3studio.cli.main import COMMANDS, build_parser
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = sorted(
    str(path.parent.relative_to(ROOT))
    for path in (ROOT / "sd3studio").rglob("__init__.py")
    if len(path.relative_to(ROOT).parts) <= 4 and path.parent.name != "sd3studio"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_the_readme_and_has_help(name, capsys):
    assert f"sd3studio {name}" in README
    with pytest.raises(SystemExit) as ended:
        build_parser(name).parse_args([name, "--help"])
    assert ended.value.code == 0
    assert COMMANDS[name][:20].lower() in capsys.readouterr().out.lower()


@pytest.mark.parametrize("name", EVALUATIONS)
def test_evaluation_is_in_the_readme(name):
    assert f"sd3studio evaluate {name}" in README


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_in_the_package_tree(folder):
    name = folder.rsplit("/", 1)[-1]
    assert re.search(rf"^\s*{name}/\s+\S", README, flags=re.MULTILINE), f"{folder} is not in the README's tree"


def test_files_that_the_readme_links_are_there():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target

"""A new city: whole at the first check, and still whole when its samples count."""

import re
from pathlib import Path

import pytest

from groundwork.errors import OutsideError, RefusedError, UsageError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.estate.new_city import render_city, write_city
from groundwork.estate.sections import files
from tests.builders.schema_verdict import is_accepted

CITY = render_city(title_zh="花蓮縣", title_en='Hualien: the "East"', schemas="../schema")
SAMPLED = [name for name, text in CITY.items() if re.search("^# (?!yaml-language-server)", text, re.MULTILINE)]


def uncommented(text: str) -> str:
    """What a person does who takes each ``# `` away."""
    first, *rest = text.splitlines()
    return "\n".join([first, *(line.removeprefix("# ") for line in rest)]) + "\n"


def needed_by(name: str) -> set[str]:
    """The files whose samples that file's need, as its remarks say."""
    named = {other for found in re.findall(r"[Nn]eeds? ([^)\n]*)", CITY[name]) for other in files() if other in found}
    return named.union(*map(needed_by, named))


def loaded(folder: Path, counting: set[str]) -> Estate:
    write_city(folder / "hualien", {name: uncommented(CITY[name]) if name in counting else CITY[name] for name in CITY})
    assert [
        one.name for one in (folder / "hualien").iterdir() if one.name != "README.md" and is_accepted(one) is False
    ] == []
    return load_estate(folder, "hualien")


def test_a_new_city_is_whole_and_has_no_machine(tmp_path: Path) -> None:
    estate = loaded(tmp_path, set())
    assert (estate.title_zh, estate.title_en) == ("花蓮縣", 'Hualien: the "East"')
    assert (len(estate.sites), len(estate.services), len(estate.machines)) == (2, 1, 0)


@pytest.mark.parametrize("name", [name for name in SAMPLED if name != "README.md"])
def test_the_samples_of_a_file_are_whole_with_those_they_say_they_need(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, {name, *needed_by(name)}).city == "hualien"


def test_all_samples_together_are_whole_and_there_is_one_of_everything(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {name for name in CITY if name != "README.md"})
    empty = [part for part, value in vars(estate).items() if isinstance(value, dict | tuple) and not value]
    assert empty == []


def test_there_is_every_file_each_with_a_sample_and_its_schema() -> None:
    assert {"README.md", *files()} == set(CITY)
    assert set(files()) - set(SAMPLED) == {"sites.yaml"}, "sites.yaml counts as it is: two sites"
    for name, text in CITY.items():
        if name.endswith(".yaml"):
            stem = name.partition(".")[0]
            assert text.startswith(f"# yaml-language-server: $schema=../schema/{stem}.schema.json\n")


def test_a_folder_that_holds_something_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "hualien").mkdir()
    (tmp_path / "hualien" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError, match="is not empty"):
        write_city(tmp_path / "hualien", CITY)
    assert [path.name for path in (tmp_path / "hualien").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["Hualien", "花蓮", "a b", "-a", "..", "a_b", "a" * 64])
def test_a_folder_whose_name_is_no_citys_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a city"):
        write_city(tmp_path / name, CITY)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutsideError, match="cannot write into"):
        write_city(tmp_path / "file" / "hualien", CITY)


@pytest.mark.parametrize("title", ["", "  ", "a\u001b[2J", "a\nb", "x" * 301])
def test_a_title_that_cannot_stand_in_the_file_is_refused(title: str) -> None:
    with pytest.raises(UsageError, match='"title_zh" '):
        render_city(title_zh=title, title_en="Hualien", schemas="x")

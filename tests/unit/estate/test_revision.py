"""A city's files with rows and lines added."""

from pathlib import Path

import pytest

from groundwork.estate.faults import EstateFaults
from groundwork.estate.revision import add_lines, add_rows, check_revision, put_lines, write_revision
from tests.builders.estate_files import CITY, FILES, write_city

LIST = 'name,site,vcpus\n# a word, to people\na,alpha,1\n"b",beta,2\n'


def test_rows_are_added_with_the_columns_they_need_and_comments_stay() -> None:
    text = add_rows(LIST, [{"name": "c", "uuid": "u", "vcenter_name": "C, 1"}], changed={"a": {"vcpus": "3"}})
    assert text == ('name,site,vcpus,uuid,vcenter_name\n# a word, to people\na,alpha,3,,\nb,beta,2,,\nc,,,u,"C, 1"\n')


def test_nothing_to_add_leaves_the_rows_as_they_are() -> None:
    assert add_rows(LIST.replace('"', ""), [], changed={}) == LIST.replace('"', "")


def test_lines_are_added_once_also_where_somebody_made_a_comment_of_them() -> None:
    text = add_lines("templates:\n", ["  a: {vcpus: 1}"])
    assert text == "templates:\n  a: {vcpus: 1}\n"
    assert add_lines(text, ["  a: {vcpus: 1}"]) == text
    assert add_lines("templates:\n# a: {vcpus: 1}\n", ["  a: {vcpus: 1}"]) == "templates:\n# a: {vcpus: 1}\n"


def test_a_line_takes_the_place_of_the_one_that_its_pattern_matches_whole() -> None:
    text = "networks:\n  # a: 1  # old\n  # ab: 1\n"
    assert put_lines(text, {"  # a: [0-9]+.*": r"  # a: \2"}) == "networks:\n  # a: \\2\n  # ab: 1\n"
    assert put_lines(text, {"a: [0-9]+": "  # c: 3"}) == f"{text}  # c: 3\n"
    assert put_lines(text, {}) == text


def test_a_revision_is_tried_out_before_it_is_written(tmp_path: Path) -> None:
    inventory = write_city(tmp_path)
    faulty = {"machines.csv": FILES["machines.csv"].replace("pass-db-01,alpha", "pass-db-01,nowhere")}
    with pytest.raises(EstateFaults):
        check_revision(inventory, CITY, faulty)
    assert (inventory / CITY / "machines.csv").read_text(encoding="utf-8") == FILES["machines.csv"]
    sound = {
        "machines.csv": FILES["machines.csv"].replace(
            "files-01,alpha,office,files,file,2", "files-01,alpha,office,files,file,3"
        )
    }
    assert check_revision(inventory, CITY, sound).machine("files-01").vcpus == 3
    write_revision(inventory, CITY, sound)
    assert (inventory / CITY / "machines.csv").read_text(encoding="utf-8") == sound["machines.csv"]

"""The JSON documents that commands print are of the shapes that the reference page shows."""

import json
from pathlib import Path

import pytest

from commands.json_shapes import SHAPES, misfits, shapes_of
from commands.program import main
from commands.run_tables import record_document
from tests.builders.drill_record import record


@pytest.mark.parametrize(
    "arguments",
    [
        ("estate.check",),
        ("estate.show", "site:central"),
        ("estate.show", "payment"),
        ("dhcp.lint",),
        ("drill.list",),
        ("drill.run", "central-lost"),
        ("runs.list",),
    ],
)
def test_a_commands_document_is_of_its_shape(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("city: taichung\nstate: state\n", encoding="utf-8")
    main([*arguments, "--json", "--settings", str(settings)])
    document = json.loads(capsys.readouterr().out)
    assert min((misfits(document, shape) for _, shape in shapes_of(arguments[0], {"live"})), key=len) == []


def test_an_estate_with_faults_is_of_its_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inventory" / "taichung").mkdir(parents=True)
    settings = tmp_path / "settings.yaml"
    settings.write_text("city: taichung\nstate: state\ninventory: inventory\n", encoding="utf-8")
    assert main(["estate.check", "--json", "--settings", str(settings)]) == 4
    assert misfits(json.loads(capsys.readouterr().out), SHAPES["estate.check"][1][1]) == []


def test_a_runs_document_is_of_its_shape() -> None:
    assert misfits(record_document(record()), SHAPES["runs.show"][0][1]) == []


def test_a_document_of_another_shape_is_reported() -> None:
    shape = {"a": "number", "b": ["text | null"], "c": {"…": "true or false"}, "d": {"or null": {"e": "'x' | 'y'"}}}
    assert misfits({"a": 1, "b": ["x", None], "c": {"any": True}, "d": None}, shape) == []
    assert misfits({"a": 1, "b": [], "c": {}, "d": {"e": "x"}}, shape) == []
    assert misfits({"a": True, "b": [1], "c": [], "d": {"e": "z"}, "f": 1}, shape) == [
        "$.a is True, not number",
        "$.b[0] is 1, not text | null",
        "$.c is no mapping",
        "$.d.e is 'z', not 'x' | 'y'",
        "$.f is in no shape",
    ]

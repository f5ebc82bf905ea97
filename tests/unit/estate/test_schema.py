"""The schemas and the reference page: of the same forms, and committed as they are rendered."""

import json
import re

import pytest

from commands.checkout import ROOT
from groundwork.estate.reference import render_reference
from groundwork.estate.schema import render_schemas, schema_name
from groundwork.estate.sections import files
from tests.builders.checkout_cities import files_of_our_cities
from tests.builders.schema_verdict import is_accepted

SCHEMAS = ROOT / "inventory" / "schema"


@pytest.mark.parametrize("name", sorted(render_schemas()))
def test_the_committed_schema_is_the_rendered_one(name: str) -> None:
    committed = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    assert committed == render_schemas()[name], "run: inv estate.schema --out inventory/schema"


def test_no_schema_is_left_of_a_file_that_is_no_more() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == {schema_name(file) for file in files()}


def test_every_yaml_file_tells_an_editor_its_schema() -> None:
    for path in files_of_our_cities(".yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../schema/{schema_name(path.name)}"
        assert (SCHEMAS / schema_name(path.name)).exists()


def test_every_file_of_our_cities_is_accepted_by_its_schema() -> None:
    cities = files_of_our_cities(".yaml", ".csv")
    assert len(cities) > len(files())
    assert [path for path in cities if not is_accepted(path)] == []


def test_a_schema_knows_required_keys_choices_and_limits() -> None:
    schemas = render_schemas()
    assert schemas["sites.schema.json"]["required"] == ["sites"]
    assert schemas["networks.schema.json"]["required"] == ["address_plan", "networks"]
    machine = schemas["machines.schema.json"]
    assert isinstance(machine["properties"], dict)
    assert machine["properties"]["role"] == {
        "description": "What it is in its service.",
        "enum": ["web", "database", "application", "file"],
        "title": "Role",
        "type": "string",
    }
    assert machine["properties"]["vcpus"] == {
        "description": "Virtual processors.",
        "maximum": 10000000,
        "minimum": 1,
        "title": "Vcpus",
        "type": "integer",
    }


def test_every_reference_of_a_schema_leads_somewhere() -> None:
    for name, schema in render_schemas().items():
        defined = schema.get("$defs", {})
        assert isinstance(defined, dict)
        used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
        assert used <= set(defined), name


def test_the_reference_page_is_committed_as_it_is_rendered() -> None:
    page = ROOT / "docs" / "reference" / "estate.md"
    assert page.read_text(encoding="utf-8") == render_reference(), "run: inv dev.docs"

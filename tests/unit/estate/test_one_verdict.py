"""One verdict: what the forms refuse the JSON Schemas refuse, and what they accept the schemas accept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from groundwork.estate import address_fields, fields, firewall_fields, vcenter_fields
from groundwork.estate.reading import FolderReader
from groundwork.estate.schema import render_schemas, schema_name
from groundwork.estate.sections import SECTIONS, Section, sections_of
from groundwork.estate.wording import findings, put_in_words
from groundwork.files.scalars import read_scalar
from groundwork.files.source import Source
from groundwork.files.yaml_tree import parse_yaml
from tests.builders.dhcp_spellings import DHCP_SPELLINGS
from tests.builders.estate_files import FILES
from tests.builders.spellings import SPELLINGS as OTHER_SPELLINGS

Draft = jsonschema.Draft202012Validator
SCHEMAS = render_schemas()
SPELLINGS = OTHER_SPELLINGS | DHCP_SPELLINGS
WRITTEN = [value for one in SPELLINGS.values() for value in (*one.good, *one.bad)]


def _form_accepts(kind: Any, value: object) -> bool:  # noqa: ANN401 - a type, as pydantic takes it
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def _schema_accepts(kind: Any, value: object) -> bool:  # noqa: ANN401 - a type, as pydantic takes it
    schema = json.loads(json.dumps(TypeAdapter(kind).json_schema()))
    return Draft(schema).is_valid(value)


def _verdicts(kind: Any, values: tuple[object, ...]) -> dict[str, tuple[bool, bool]]:  # noqa: ANN401 - a type
    return {repr(value): (_form_accepts(kind, value), _schema_accepts(kind, value)) for value in values}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_both_accept_what_is_spelled_right_and_refuse_what_is_not(kind: str) -> None:
    one = SPELLINGS[kind]
    expected = [(one.good, (True, True)), (one.bad, (False, False)), (one.beyond, (False, True))]
    for values, verdict in expected:
        found = _verdicts(one.kind, values)
        assert {value: said for value, said in found.items() if said != verdict} == {}


def test_every_kind_has_its_spellings() -> None:
    kinds = {
        name: value
        for module in (fields, address_fields, firewall_fields, vcenter_fields)
        for name, value in vars(module).items()
        if name[0].isupper() and name not in ("T", "Annotated", "TypeVar") and hasattr(value, "__metadata__")
    }
    spelled = [one.kind for one in SPELLINGS.values()]
    assert [name for name, kind in kinds.items() if kind not in spelled and name != "Sources"] == []


@pytest.mark.parametrize("kind", SPELLINGS)
def test_each_wrong_spelling_is_answered_in_our_words(kind: str) -> None:
    class Form(BaseModel):
        field: SPELLINGS[kind].kind  # type: ignore[valid-type]  # known when it runs

    for value in (*SPELLINGS[kind].bad, *SPELLINGS[kind].beyond):
        with pytest.raises(ValidationError) as refused:
            Form.model_validate({"field": value})
        for found in findings(refused.value):
            what, what_to_do = put_in_words(found, Form)
            assert what.startswith('"field'), (value, what)
            assert not {"input", "valid", "should"} & set(f"{what} {what_to_do}".split()), (value, what, what_to_do)
            assert value is not None or what == '"field" is empty'


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_one_and_holds_no_word_that_json_schema_does_not_know(name: str) -> None:
    Draft.check_schema(SCHEMAS[name])
    assert _words(SCHEMAS[name]) <= JSON_SCHEMA_WORDS


JSON_SCHEMA_WORDS = {
    *(
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "default",
        "examples",
        "type",
        "enum",
        "const",
        "anyOf",
        "not",
    ),
    *("properties", "required", "additionalProperties", "propertyNames", "minProperties", "items", "prefixItems"),
    *("minItems", "maxItems", "uniqueItems", "pattern", "minLength", "maxLength", "minimum", "maximum"),
}


def _words(schema: JsonValue) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, list):
        return found.union(*map(_words, schema))
    for word, below in schema.items() if isinstance(schema, dict) else ():
        found.add(word)
        if word in ("properties", "$defs"):
            assert isinstance(below, dict)
            found |= found.union(*map(_words, below.values()))
        elif word not in ("default", "examples", "const", "enum", "required"):
            found |= _words(below)
    return found


def _entries(section: Section[Any]) -> Iterator[JsonValue]:
    """The small city's entries of a section, as values."""
    if section.is_csv:
        header, *rows = FILES[section.file].splitlines()
        for row in rows[:1]:
            cells = dict(zip(header.split(","), row.split(","), strict=True))
            yield {column: read_scalar(cell) for column, cell in cells.items() if cell and column != "name"}
        return
    tree, _ = parse_yaml(Source(file=section.file, text=FILES[section.file], raw=b""))
    assert isinstance(tree.value, dict)
    stated = tree.value[section.key] if section.key else {"": tree.value}
    assert isinstance(stated, dict)
    yield from stated.values()


def _entry_schema(section: Section[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = SCHEMAS[schema_name(section.file)]
    if section.is_csv:
        properties = {name: one for name, one in schema["properties"].items() if name != "name"}
        required = [name for name in schema["required"] if name != "name"]
        return schema | {"properties": properties, "required": required}
    if not section.key:
        return schema
    return {"$defs": schema["$defs"], "$ref": schema["properties"][section.key]["additionalProperties"]["$ref"]}


def _places(value: JsonValue, place: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    yield place
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from _places(one, (*place, key))


def _with(value: JsonValue, place: tuple[int | str, ...], written: JsonValue) -> JsonValue:
    if not place:
        return written
    key, *rest = place
    if isinstance(value, dict):
        return {**value, str(key): _with(value[str(key)], tuple(rest), written)}
    assert isinstance(value, list)
    return [_with(one, tuple(rest), written) if index == key else one for index, one in enumerate(value)]


@pytest.mark.parametrize("written", ["null", "{}", "[]", "0", "false", '""', "x", "[x]", "{x: 1}", "{X: {}}", "none"])
@pytest.mark.parametrize("section", [one for one in SECTIONS if one.key], ids=lambda one: one.part)
def test_whatever_a_section_holds_both_say_the_same(tmp_path: Path, section: Section[Any], written: str) -> None:
    entry = next(iter(_entries(section)))
    others = {one.key: {"a": next(iter(_entries(one)))} for one in sections_of(section.file) if one is not section}
    rest = "".join(f"{key}: {json.dumps(value)}\n" for key, value in others.items())
    for text in (f"{section.key}: {written}\n", f"{section.key}: {{a: {json.dumps(entry)}}}\nx: {written}\n", ""):
        (tmp_path / section.file).write_text(f"{text}{rest}", encoding="utf-8")
        reader = FolderReader(tmp_path, shown="city")
        reader.read()
        refused = any(one.file == f"city/{section.file}" for one in reader.faults)
        document = parse_yaml(Source(file=section.file, text=f"{text}{rest}", raw=b""))[0].value
        assert refused != Draft(SCHEMAS[schema_name(section.file)]).is_valid(document), text


@pytest.mark.parametrize("section", SECTIONS, ids=[one.part for one in SECTIONS])
def test_the_small_city_is_accepted_by_both(section: Section[Any]) -> None:
    for entry in _entries(section):
        assert _form_accepts(section.form, entry)
        assert Draft(_entry_schema(section)).is_valid(entry)


@pytest.mark.parametrize("section", SECTIONS, ids=[one.part for one in SECTIONS])
@settings(max_examples=80, deadline=None)
@given(data=some.data())
def test_whatever_is_written_somewhere_both_say_the_same(section: Section[Any], data: some.DataObject) -> None:
    entry = data.draw(some.sampled_from(list(_entries(section))))
    place = data.draw(some.sampled_from(list(_places(entry))))
    written = data.draw(some.sampled_from(WRITTEN) | some.text(max_size=12) | some.integers() | some.lists(some.text()))
    mutated = _with(entry, place, json.loads(json.dumps(written)))
    assert _form_accepts(section.form, mutated) == Draft(_entry_schema(section)).is_valid(mutated), (place, written)

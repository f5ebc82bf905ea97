"""JSON Schemas of the estate's files, one per file, for editors and for other programs."""

from typing import Any, cast

from pydantic import JsonValue
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from groundwork.estate.fields import EXACT_NAME_PATTERN
from groundwork.estate.sections import Section, files, sections_of

Schema = dict[str, JsonValue]

_DIALECT = GenerateJsonSchema.schema_dialect
_NAME: Schema = {"type": "string", "pattern": EXACT_NAME_PATTERN, "description": "Its name, each once in the list."}


def schema_name(file: str) -> str:
    """``sites.yaml`` is described by ``sites.schema.json``."""
    return f"{file.rpartition('.')[0]}.schema.json"


def render_schemas() -> dict[str, Schema]:
    """Every file's schema, by the schema's own file name.

    A YAML file's describes the file; a CSV file's describes one row, as an object from column to value.
    """
    return {schema_name(file): {"$schema": _DIALECT, "title": file, **_schema(sections_of(file))} for file in files()}


def _schema(held: tuple[Section[Any], ...]) -> Schema:
    if held[0].is_csv:
        return _row(held[0])
    if not held[0].key:
        return cast("Schema", held[0].form.model_json_schema()) | {"title": held[0].file}
    pointers, definitions = models_json_schema([(one.form, "validation") for one in held])
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [one.key for one in held if one.is_filled],
        "properties": {one.key: _named(one, cast("JsonValue", pointers[one.form, "validation"])) for one in held},
        **definitions,
    }


def _named(section: Section[Any], reference: JsonValue) -> Schema:
    return {
        "description": section.about,
        **({"type": "object", "minProperties": 1} if section.is_filled else {"type": ["object", "null"]}),
        "propertyNames": {"pattern": EXACT_NAME_PATTERN},
        "additionalProperties": reference,
    }


def _row(section: Section[Any]) -> Schema:
    row: Schema = section.form.model_json_schema()
    properties = cast("Schema", row["properties"])
    required = cast("list[JsonValue]", row["required"])
    return row | {"title": section.file, "properties": {"name": _NAME, **properties}, "required": ["name", *required]}

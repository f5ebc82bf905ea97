"""The reference page of the estate's files, rendered from the same forms that read them."""

from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel, JsonValue

from groundwork.estate.schema import schema_name
from groundwork.estate.sections import Section, files, sections_of
from groundwork.estate.wording import forms_in

_HEAD = """\
# The estate's files

Generated from the forms in `groundwork/estate` by `inv dev.docs`; not edited by hand. A city is a folder
`inventory/<city>/` of the files below. `inv estate.check` reports every fault of them with file and line, and
`inv estate.schema` writes JSON Schemas for editors.

- YAML: one document per file, spaces, no anchors, aliases or tags. Only `true`, `false`, `null` and decimal numbers are
  other than text.
- CSV: a header line, columns in any order, an empty cell means the default. UTF-8, with or without byte order mark.
  Rows of empty cells, and rows that begin with `#`, are passed over.
- Every value has one spelling, the same in YAML and CSV: `4` (not `"4"`, `04`, `+4` or `4e0`), `true` (not `yes` or
  `TRUE`), `10.10.0.0/24` (not `/024`, and no bits beyond the length). A list names each thing once.
- A text is one line of visible characters, composed (Unicode NFC), without blanks at its ends. No file holds
  characters that nobody sees, not even in a comment.
- An address is one that a machine can have: not `0.0.0.0/8`, loopback, link-local, multicast or broadcast.
- A duration is a number and a unit: `30s`, `15m`, `4h`, `2d`, `13w`. A name is lower case letters, digits and hyphens.
"""


def render_reference() -> str:
    """The page as Markdown."""
    return _HEAD + "".join("\n" + "\n".join(_file(file)) + "\n" for file in files())


def _file(file: str) -> Iterator[str]:
    held = sections_of(file)
    optional = "" if any(one.required for one in held) else " (optional)"
    yield f"## {file}{optional}"
    yield ""
    yield f"Schema: `inventory/schema/{schema_name(file)}`."
    for section in held:
        yield ""
        yield from _section(section)


def _section(section: Section[Any]) -> Iterator[str]:
    about = section.about[:1].upper() + section.about[1:]
    if section.is_csv:
        yield f"{about}, one a row; the column `name` names each."
    elif section.key:
        yield f"`{section.key}`: {section.about}, by name."
    else:
        yield f"{about}."
    yield from _fields(section.form)
    for form in _below(section.form):
        yield ""
        yield f"**{form.__name__.removesuffix('Form')}**: {_sentence(form.__doc__)}"
        yield from _fields(form)


def _fields(form: type[BaseModel]) -> Iterator[str]:
    properties = cast("dict[str, dict[str, JsonValue]]", form.model_json_schema()["properties"])
    yield ""
    yield "| field | holds | |"
    yield "|---|---|---|"
    for name, field in form.model_fields.items():
        default = "required" if field.is_required() else f"default {_default(field.default)}"
        words = f"{_sentence(field.description)} {_kind(properties[name])}".strip()
        yield f"| `{name}` | {words} | {default} |"


def _below(form: type[BaseModel]) -> list[type[BaseModel]]:
    return [below for field in form.model_fields.values() for below in forms_in(field.annotation)]


def _kind(described: dict[str, JsonValue]) -> str:
    """What may be written, where the field's words do not say it."""
    choices = cast("list[dict[str, JsonValue]]", described.get("anyOf", []))
    values = cast("list[str]", described.get("enum", []))
    items = cast("dict[str, JsonValue]", described.get("items", {}))
    if described.get("type") == "array":
        return f"A list. {_kind(items)}".strip()
    if choices:
        return _kind(choices[0])
    if values:
        return "One of " + ", ".join(f"`{value}`" for value in values) + "."
    if "minimum" in described:
        return f"{described['minimum']} to {described['maximum']:,}."
    if "examples" in described:
        return "Like " + ", ".join(f"`{example}`" for example in cast("list[str]", described["examples"])) + "."
    return ""


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value else "none"


def _sentence(words: str | None) -> str:
    return " ".join((words or "").split())

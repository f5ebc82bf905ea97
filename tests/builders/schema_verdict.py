"""What the JSON Schemas say of a city's file, as a program reads it that knows nothing else of the estate."""

import csv
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from groundwork.estate.schema import render_schemas, schema_name
from groundwork.estate.sections import sections_of
from groundwork.files.scalars import read_scalar
from groundwork.files.source import CSV_LIMIT_BYTES, Source, read_source
from groundwork.files.yaml_tree import parse_yaml

_NOT_TEXT = ("int", "float", "bool")


def is_accepted(path: Path) -> bool | None:
    """Whether a file's schema accepts all that it holds; None where no program could read it."""
    values = list(_values(path))
    return all(_validator(path.name).is_valid(value) for value in values) if values else None


@cache
def _validator(file: str) -> Any:  # noqa: ANN401 - jsonschema's protocol is generic over what it validates
    return jsonschema.Draft202012Validator(render_schemas()[schema_name(file)])


def _values(path: Path) -> Iterator[object]:
    source = read_source(path, file=path.name, limit_bytes=CSV_LIMIT_BYTES)
    if not isinstance(source, Source):
        return
    if path.suffix == ".yaml":
        yield parse_yaml(source)[0].value
        return
    if max(map(len, source.text.splitlines())) > csv.field_size_limit():
        return
    kinds = {name: str(one.annotation) for name, one in sections_of(path.name)[0].form.model_fields.items()}
    typed = {name for name, kind in kinds.items() if any(one in kind for one in _NOT_TEXT)}
    for row in csv.DictReader(io.StringIO(source.text)):
        cells = {name: cell for name, cell in row.items() if cell}
        if cells and not cells.get("name", "").startswith("#"):
            yield {name: read_scalar(cell) if name in typed else cell for name, cell in cells.items()}

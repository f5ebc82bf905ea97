"""A new city's files: whole as they are made, with commented samples of what else each can hold."""

import json
import re
from pathlib import Path

from pydantic import ValidationError

from groundwork.errors import OutsideError, RefusedError, UsageError
from groundwork.estate.fields import NAME_PATTERN
from groundwork.estate.platform_entries import CityForm
from groundwork.estate.schema import schema_name
from groundwork.estate.sections import files
from groundwork.estate.wording import findings, put_in_words

_SAMPLE = Path(__file__).parent / "sample"
_README = "README.md"


def render_city(*, title_zh: str, title_en: str, schemas: str) -> dict[str, str]:
    """The files of a new city by name; `schemas` is the path to the JSON Schemas, from the city's folder.

    Raises UsageError for a title that cannot stand in city.yaml.
    """
    try:
        city = CityForm(title_zh=title_zh, title_en=title_en)
    except ValidationError as error:
        what, what_to_do = put_in_words(findings(error)[0], CityForm)
        raise UsageError(what, hint=f"give another title: {what_to_do}") from None
    rendered: dict[str, str] = {}
    for name in (_README, *files()):
        text = (_SAMPLE / name).read_text(encoding="utf-8")
        for field, title in (("title_zh", city.title_zh), ("title_en", city.title_en)):
            text = text.replace(f"@{field}@", title if name == _README else json.dumps(title, ensure_ascii=False)[1:-1])
        modeline = f"# yaml-language-server: $schema={schemas}/{schema_name(name)}\n" if name.endswith(".yaml") else ""
        rendered[name] = modeline + text
    return rendered


def write_city(folder: Path, texts: dict[str, str]) -> None:
    """Write a city's files into a folder of its name, made where it is missing.

    Raises UsageError for a folder whose name no city can have, RefusedError for one that holds something,
    OutsideError where it cannot be written.
    """
    if not re.fullmatch(NAME_PATTERN, folder.name):
        hint = "name a folder in lower case letters, digits and hyphens, like inventory/hualien"
        raise UsageError(f"{folder.name!r} cannot be the name of a city", hint=hint)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise RefusedError(f"{folder} is not empty", hint="name a folder that does not exist yet, or an empty one")
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"cannot write into {folder}: {error.strerror}", hint="name a folder to make") from error

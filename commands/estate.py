"""The estate's commands: check it, look something up in it, describe its files to an editor."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from invoke import Context, task

from commands.adoption import import_machines as import_machines  # noqa: PLC0414 - a task of this namespace
from commands.checkout import ROOT
from commands.command import READ, Asked, command
from commands.context import answer, say
from commands.json_document import render_json
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.whole_file import write_whole

if TYPE_CHECKING:
    from rich.table import Table

    from groundwork.change.step import Json
    from groundwork.estate.lookup import Found
    from groundwork.files.fault import Fault


@command(*READ)
def check(asked: Asked) -> None:
    """Check the estate: every fault at once, each with file, line, what is wrong and what to do.

    Ends with 4 when there are faults; a review that is overdue is a warning. Needs no lab, no root and no settings.

    Example: inv estate.check --city taichung
    """
    from groundwork.estate.faults import EstateFaults, count_of
    from groundwork.estate.sections import SECTIONS
    from groundwork.shell.clock import SystemClock

    try:
        estate = asked.context.estate_without_settings
    except EstateFaults as found:
        faults = [_as_json(one) for one in found.faults]
        _print({"city": found.city, "faults": faults}, found.faults, as_json=asked.json)
        what = f"the estate of {found.city} has {count_of(found.faults)}"
        raise ConfigurationError(what, hint="correct what each line names, then check again") from None
    counted = {one: len(getattr(estate, one.part)) for one in SECTIONS if one.counted}
    counts = {one.part: count for one, count in counted.items()}
    said = ", ".join(f"{one.counted} {count}" for one, count in counted.items() if count)
    overdue = estate.overdue(SystemClock().now().date())
    document = {
        "city": estate.city,
        "digest": estate.digest,
        "counts": counts,
        "faults": [],
        "undecided": {name: list(fields) for name, fields in estate.undecided.items()},
        "warnings": [_as_json(one) for one in overdue],
    }
    _print(document, [f"the estate of {estate.city} ({estate.title_zh}) is whole: {said}"], as_json=asked.json)
    for one in overdue:
        say(f"warning: {one}")
    if estate.undecided:
        some = ", ".join(f"{name} ({' '.join(fields)})" for name, fields in list(estate.undecided.items())[:_SHOWN])
        more = len(estate.undecided) - _SHOWN
        say(f"undecided of {len(estate.undecided)} machines: {some}{f' and {more} more' if more > 0 else ''}")


@command(*READ, help={"name": "a name, or kind:name where two things share one"})
def show(asked: Asked, name: str) -> None:
    """Show what the estate says of one service, machine, site, agency, host or anything else with a name.

    Example: inv estate.show payment
    Example: inv estate.show site:central --json
    """
    from groundwork.estate.lookup import look_up

    estate = asked.context.estate_without_settings
    found = look_up(estate, name)
    answer({"city": estate.city, "sort": found.sort, **found.facts}, lambda: _table(found), as_json=asked.json)


@task(
    help={
        "folder": "the folder to make, of the city's name, e.g. inventory/hualien; it must be empty or not there",
        "title_zh": "the city's name in Chinese (default: the folder's name)",
        "title_en": "the city's name in English (default: the folder's name)",
    }
)
def new(_context: Context, folder: str, *, title_zh: str = "", title_en: str = "") -> None:
    """Make the files of a new city: whole as they are, with commented samples of what else each can hold.

    Example: inv estate.new inventory/hualien --title-zh 花蓮縣 --title-en Hualien
    """
    from groundwork.estate.new_city import render_city, write_city

    city = Path(folder).absolute()
    schemas = os.path.relpath(ROOT / "inventory" / "schema", city)
    texts = render_city(title_zh=title_zh or city.name, title_en=title_en or city.name.capitalize(), schemas=schemas)
    write_city(city, texts)
    print(f"wrote {len(texts)} files into {folder}; {folder}/README.md says how they go together")
    if city.parent == ROOT / "inventory":
        print(f"check them: ./inv estate.check --city {city.name}")
    else:
        print(f"settings of that city say: city: {city.name}, inventory: {city.parent}")


@task(help={"out": "the folder to write them into (created if missing); without it their list is printed"})
def schema(_context: Context, *, out: str = "") -> None:
    """Write JSON Schemas of the estate's files, one per file, for editors and other programs.

    Example: inv estate.schema --out inventory/schema
    """
    from groundwork.estate.schema import render_schemas

    schemas = render_schemas()
    if not out:
        print(*(f"{name}  {described['title']}" for name, described in schemas.items()), sep="\n")
        return
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, described in schemas.items():
            write_whole(folder / name, render_json(described) + "\n")
    except OSError as error:
        raise OutsideError(
            f"cannot write into {folder}: {error.strerror}", hint="name a folder to write into"
        ) from error
    print(f"wrote {len(schemas)} schemas into {folder}")


_SHOWN = 5  # undecided machines that a line lists


def _as_json(fault: "Fault") -> "dict[str, Json]":
    return {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.what_to_do}


def _print(document: object, lines: Iterable[object], *, as_json: bool) -> None:
    """One document, or lines as they are: a fault's line is not to be wrapped, and holds brackets."""
    if as_json:
        print(render_json(document))
    else:
        print(*lines, sep="\n")


def _table(found: "Found") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("", "", title=f"{found.sort} {found.name}", title_justify="left", box=None, show_header=False)
    for fact, value in found.facts.items():
        table.add_row(fact.replace("_", " "), Text(_in_words(value)))
    return table


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_in_words(one)}" for key, one in value.items() if one)
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "\n".join(f"- {_in_words(one)}" for one in value)
    if isinstance(value, list):
        return ", ".join(map(_in_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)

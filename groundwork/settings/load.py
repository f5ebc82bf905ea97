"""Reading a settings file: every fault at once, each with its line and what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import yaml
from pydantic import TypeAdapter, ValidationError

from groundwork.errors import ConfigurationError
from groundwork.settings.secret import Secret
from groundwork.settings.secret_place import PlaceError, secret_at
from groundwork.settings.settings import Settings
from groundwork.shell.environment import caller_value

LABS = Path("/var/lib/cityops/labs")
_EXAMPLE = "docs/how-to/settings.md"
_CHECKOUT = Path(__file__).resolve().parents[2]
_MOST_BYTES = 1 << 20
_SECRETS = {"password", "key", "ledger_password"}
_SETTINGS = TypeAdapter(Settings)

_Place = tuple[str | int, ...]
_Tree = dict[str, Any]
_Tell = Callable[[_Place, str], None]


def settings_file(named: str = "") -> Path:
    """The settings file meant: the one named, else the environment's CITYOPS_SETTINGS, else the lab's (CITYOPS_LAB).

    Raises ConfigurationError for a variable that is empty: it was meant to name something.
    """
    if chosen := named or caller_value("CITYOPS_SETTINGS"):
        return Path(chosen)
    for variable in ("CITYOPS_SETTINGS", "CITYOPS_LAB"):
        if caller_value(variable) == "":
            raise ConfigurationError(
                f"the environment's {variable} is empty", hint=f"give it a value, or `unset {variable}`"
            )
    return LABS / (caller_value("CITYOPS_LAB") or "default") / "settings.yaml"


def load_settings(named: str = "") -> Settings:
    """Read the settings file meant (see `settings_file`).

    Raises ConfigurationError: for a file that is missing, `inv lab.up` is the way only when none was named; else with
    every fault's line.
    """
    path = settings_file(named)
    try:
        tree, lines = _parse(path, _read(path))
    except FileNotFoundError:
        raise _missing(named, path) from None
    faults: list[tuple[int, str]] = []
    prepared = _prepare(tree, path, (), lambda place, what: faults.append((lines.get(place, 1), what)))
    try:
        loaded = _SETTINGS.validate_python(prepared, context={"folder": path.resolve().parent})
    except ValidationError as error:
        faults += [_fault(one["loc"], one["type"], one["msg"], lines) for one in error.errors()]
    if faults:
        raise ConfigurationError(
            "the settings are wrong:\n" + "\n".join(f"{path}:{line}: {what}" for line, what in sorted(set(faults))),
            hint=f"mend each line; {_EXAMPLE} has every setting",
        )
    return loaded


def _missing(named: str, path: Path) -> ConfigurationError:
    """What is said of a settings file that is not there."""
    if not named and not caller_value("CITYOPS_SETTINGS"):
        return ConfigurationError(
            f"no lab is up, and no settings name a real city ({path} is not there)",
            hint="bring the lab up with `inv lab.up`, or name a city's settings with --settings FILE",
        )
    asked = "--settings" if named else "the environment's CITYOPS_SETTINGS"
    return ConfigurationError(
        f"there is no settings file {path}", hint=f"mend the path in {asked}; {_EXAMPLE} shows what such a file holds"
    )


def _read(path: Path) -> str:
    """The file's text. Raises FileNotFoundError when it is not there, else ConfigurationError."""
    try:
        with path.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        ours = path.is_relative_to(LABS)
        hint = "a lab is root's: type this as root, and `inv lab.up` too" if ours else "see its owner and mode"
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{path} is larger than 1 MiB", hint="is it a settings file?")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8", hint="save the file as UTF-8") from error


def _parse(path: Path, text: str) -> tuple[_Tree, dict[_Place, int]]:
    """The document and the line of each of its parts."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ConfigurationError(f"{path}:{line}: settings use no aliases", hint="write the value out")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: {error.problem}", hint="mend the YAML there") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: this is not YAML", hint=f"see the example in {_EXAMPLE}") from error
    if not isinstance(tree, dict) or root is None:
        raise ConfigurationError(f"{path}:1: settings are a mapping", hint="begin with `city: NAME`")
    lines, twice = _lines(root, ())
    if twice:
        raise ConfigurationError(f"{path}:{twice[0][0]}: {twice[0][1]} stands twice", hint="keep one of the two")
    return cast("_Tree", tree), lines


def _lines(node: yaml.Node, place: _Place) -> tuple[dict[_Place, int], list[tuple[int, str]]]:
    """The line of each part, and the keys that stand twice in their mapping."""
    found, twice = {place: node.start_mark.line + 1}, []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here, line = (*place, str(key.value)), key.start_mark.line + 1
            if here in found:
                twice.append((line, str(key.value)))
            below, twice_below = _lines(value, here)
            found |= below | {here: line}
            twice += twice_below
    return found, twice


def _prepare(tree: Mapping[str, Any], path: Path, place: _Place, tell: _Tell) -> _Tree:
    """The document with secrets in place of where they are kept, and the ledger's short form written out."""
    prepared: _Tree = {} if place else {"file": path, "inventory": _CHECKOUT / "inventory"}
    for key, value in tree.items():
        here = (*place, str(key))
        if key in _SECRETS:
            try:
                where = f"{path}: {'.'.join(str(part) for part in here)}"
                prepared[key] = secret_at(value, folder=path.resolve().parent, where=where)
            except PlaceError as error:
                tell(here, f"{key}: {error}")
                prepared[key] = Secret(str)
        elif here == ("file",):
            tell(here, "file: there is no such setting; remove it")
        elif here == ("ledger",) and isinstance(value, str):
            prepared[key] = _ledger(value)
        else:
            prepared[key] = _prepare(value, path, here, tell) if isinstance(value, Mapping) else value
    return prepared


def _ledger(written: str) -> _Tree:
    """``sqlite``, or PostgreSQL's URL; a password in it is kept apart."""
    if written == "sqlite":
        return {}
    try:
        parts = urlsplit(written)
    except ValueError:
        return {"url": written}  # its check says what is wrong with it
    if parts.password is None:
        return {"url": written}
    bare = parts.netloc.replace(f":{parts.password}@", "@", 1)
    url = urlunsplit((parts.scheme, bare, parts.path, parts.query, parts.fragment))
    return {"url": url, "password": Secret.of(unquote(parts.password))}


def _fault(loc: _Place, sort: str, said: str, lines: Mapping[_Place, int]) -> tuple[int, str]:
    """The line and the words for one of pydantic's errors."""
    named = ".".join(str(part) for part in loc)
    line = next(lines[loc[:end]] for end in range(len(loc), -1, -1) if loc[:end] in lines)
    match sort:
        case "unexpected_keyword_argument":
            return line, f"{named}: there is no such setting; see the spelling, or remove it"
        case "missing" | "missing_keyword_only_argument" | "missing_argument":
            return line, f"{named}: is missing; add it"
        case _:
            told = said.removeprefix("Value error, ")
            return line, f"{named}: {told[0].lower()}{told[1:]}"

"""Reading a settings file: every fault at once, each with its line and what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from groundwork.errors import ConfigurationError
from groundwork.files.fault import Fault
from groundwork.files.source import YAML_LIMIT_BYTES, read_source
from groundwork.files.yaml_tree import Place, Plain, Tree, parse_yaml
from groundwork.settings.secret import Secret
from groundwork.settings.secret_location import BCRYPT, LINE, TEXT, LocationError, SecretForm, secret_at
from groundwork.settings.settings import Settings

_EXAMPLE = "docs/how-to/settings.md"
_CHECKOUT = Path(__file__).resolve().parents[2]
_SETTINGS = TypeAdapter(Settings)
_SECRETS: Mapping[Place, SecretForm] = {  # "*" is a site
    ("ledger", "password"): LINE,
    ("ledger_password",): LINE,
    ("signing", "key"): TEXT,
    ("vcenters", "*", "password"): LINE,
    ("repositories", "*", "key"): LINE,
    ("repositories", "*", "password"): BCRYPT,
    ("replicas", "*", "password"): BCRYPT,
}
_WORDS = {  # for what pydantic says in its own
    "dataclass_type": "write its settings below it",
    "dict_type": "write its settings below it",
    "mapping_type": "write its settings below it",
    "ip_v4_network": "not an IPv4 network: write one like 10.10.0.0/24",
    "string_type": "write text",
    "tuple_type": "write a list: […, …]",
}

_Report = Callable[[Place, str], None]


def load_settings(path: Path) -> Settings:
    """Read a settings file. Raises ConfigurationError, with every fault's line."""
    tree, faults = _read(path)
    if not isinstance(tree.value, dict):
        raise _wrong(path, faults)

    def report(place: Place, what: str) -> None:
        faults.append((tree.line(place), what))

    prepared = _prepare(tree.value, path, (), report)
    try:
        loaded = _SETTINGS.validate_python(prepared, context={"folder": path.resolve().parent})
    except ValidationError as error:
        for one in error.errors():
            report(one["loc"], _in_words(one["loc"], one["type"], one["msg"]))
    if faults:
        raise _wrong(path, faults)
    return loaded


def _read(path: Path) -> tuple[Tree, list[tuple[int, str]]]:
    """The file as a tree; its value is None where it is not even that, which a fault says."""
    try:
        source = read_source(path, file=str(path), limit_bytes=YAML_LIMIT_BYTES, follow_links=True)
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no settings file {path}",
            hint="mend the path in --settings, or in the environment's CITYOPS_SETTINGS; "
            f"{_EXAMPLE} shows what such a file holds",
        ) from None
    tree, faults = (Tree(None), [source]) if isinstance(source, Fault) else parse_yaml(source)
    if not isinstance(tree.value, dict) and not faults:
        what = "does not hold keys and values"
        faults = [Fault(file=str(path), line=1, what=what, what_to_do="begin with `city: NAME`")]
    return tree, [(fault.line, f"{fault.what}; {fault.what_to_do}") for fault in faults]


def _wrong(path: Path, faults: list[tuple[int, str]]) -> ConfigurationError:
    lines = [f"{path}:{line}: {what}" if line else f"{path}: {what}" for line, what in sorted(set(faults))]
    return ConfigurationError(
        "the settings are wrong:\n" + "\n".join(lines), hint=f"mend each line; {_EXAMPLE} has every setting"
    )


def _prepare(tree: Mapping[str, Plain], path: Path, place: Place, report: _Report) -> dict[str, Any]:
    """The document with secrets in place of where they are kept, and the ledger's short form written out."""
    prepared: dict[str, Any] = {} if place else {"file": path, "inventory": _CHECKOUT / "inventory"}
    for key, value in tree.items():
        here = (*place, key)
        form = _SECRETS.get(here) or _SECRETS.get((*place[:1], "*", key) if len(place) == 2 else ())  # noqa: PLR2004
        if form is not None:
            prepared[key] = _secret(value, form, path, here, report)
        elif here == ("file",):
            report(here, "file: there is no such setting; remove it")
        elif here == ("ledger",) and isinstance(value, str):
            prepared[key] = {} if value == "sqlite" else {"url": value}
        else:
            prepared[key] = _prepare(value, path, here, report) if isinstance(value, Mapping) else value
        for text in (key, *(value if isinstance(value, list) else [value])):
            if isinstance(text, str) and not text.isprintable():
                report(here, f"{'.'.join(map(str, here))}: holds characters that do not show; type it anew")
    return prepared


def _secret(value: object, form: SecretForm, path: Path, here: Place, report: _Report) -> Secret:
    named = ".".join(map(str, here))
    try:
        return secret_at(value, folder=path.resolve().parent, where=f"{path}: {named}", form=form)
    except LocationError as error:
        report(here, f"{named}: {error}")
        return Secret(str)


def _in_words(loc: Place, sort: str, said: str) -> str:
    """What a person reads for one of pydantic's errors."""
    named = ".".join(str(part) for part in loc)
    match sort:
        case "unexpected_keyword_argument":
            return f"{named}: there is no such setting; see the spelling, or remove it"
        case "missing" | "missing_keyword_only_argument" | "missing_argument":
            return f"{named}: is missing; add it"
        case _ if sort in _WORDS:
            return f"{named}: {_WORDS[sort]}"
        case _:
            message = said.removeprefix("Value error, ")
            return f"{named}: {message[0].lower()}{message[1:]}"

"""Reading a settings file: every fault at once, each with its line and what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from groundwork.errors import ConfigurationError
from groundwork.settings.document import Place, Tree, read_document
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

_Tell = Callable[[Place, str], None]


def load_settings(path: Path) -> Settings:
    """Read a settings file. Raises ConfigurationError, with every fault's line."""
    try:
        tree, lines, faults = read_document(path)
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no settings file {path}",
            hint="mend the path in --settings, or in the environment's CITYOPS_SETTINGS; "
            f"{_EXAMPLE} shows what such a file holds",
        ) from None
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


def _prepare(tree: Mapping[str, Any], path: Path, place: Place, tell: _Tell) -> Tree:
    """The document with secrets in place of where they are kept, and the ledger's short form written out."""
    prepared: Tree = {} if place else {"file": path, "inventory": _CHECKOUT / "inventory"}
    for key, value in tree.items():
        here = (*place, key)
        form = _SECRETS.get(here) or _SECRETS.get((*place[:1], "*", key) if len(place) == 2 else ())  # noqa: PLR2004
        if form is not None:
            prepared[key] = _secret(value, form, path, here, tell)
        elif here == ("file",):
            tell(here, "file: there is no such setting; remove it")
        elif here == ("ledger",) and isinstance(value, str):
            prepared[key] = {} if value == "sqlite" else {"url": value}
        else:
            prepared[key] = _prepare(value, path, here, tell) if isinstance(value, Mapping) else value
        for text in (key, *(value if isinstance(value, list) else [value])):
            if isinstance(text, str) and not text.isprintable():
                tell(here, f"{'.'.join(map(str, here))}: holds characters that do not show; type it anew")
    return prepared


def _secret(value: object, form: SecretForm, path: Path, here: Place, tell: _Tell) -> Secret:
    named = ".".join(map(str, here))
    try:
        return secret_at(value, folder=path.resolve().parent, where=f"{path}: {named}", form=form)
    except LocationError as error:
        tell(here, f"{named}: {error}")
        return Secret(str)


def _fault(loc: Place, sort: str, said: str, lines: Mapping[Place, int]) -> tuple[int, str]:
    """The line and the words for one of pydantic's errors."""
    named = ".".join(str(part) for part in loc)
    line = next(lines[loc[:end]] for end in range(len(loc), -1, -1) if loc[:end] in lines)
    match sort:
        case "unexpected_keyword_argument":
            return line, f"{named}: there is no such setting; see the spelling, or remove it"
        case "missing" | "missing_keyword_only_argument" | "missing_argument":
            return line, f"{named}: is missing; add it"
        case _ if sort in _WORDS:
            return line, f"{named}: {_WORDS[sort]}"
        case _:
            message = said.removeprefix("Value error, ")
            return line, f"{named}: {message[0].lower()}{message[1:]}"

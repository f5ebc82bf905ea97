"""Reading a settings file: every fault at once, each with its line and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from groundwork.errors import ConfigurationError
from groundwork.files.fault import Fault
from groundwork.files.nearest import nearest_of
from groundwork.files.source import YAML_LIMIT_BYTES, read_source
from groundwork.files.yaml_tree import Place, Plain, Tree, parse_yaml
from groundwork.settings.secret import Secret
from groundwork.settings.secret_location import BCRYPT, LINE, TEXT, LocationError, SecretForm, secret_at
from groundwork.settings.section import Section
from groundwork.settings.settings import Settings

_EXAMPLE = "docs/how-to/settings.md"
_CHECKOUT = Path(__file__).resolve().parents[2]
_NOT_IN_THE_FILE = ("file", "sections")
_KEYS = tuple(one.name for one in fields(Settings) if one.name not in _NOT_IN_THE_FILE)
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


def load_settings(path: Path, sections: Sequence[Section[Any]]) -> Settings:
    """Read a settings file, with these sections of products. Raises ConfigurationError, with every fault's line."""
    tree, faults = _read(path)
    if not isinstance(tree.value, dict):
        raise _wrong(path, faults)

    def report(place: Place, what: str) -> None:
        faults.append((tree.line(place), what))

    forms: dict[str, Any] = {one.key: one.form for one in sections}
    secrets = {**_SECRETS} | {(one.key, *below): form for one in sections for below, form in one.secrets.items()}
    prepared = _prepare(tree.value, path, (), secrets, report)
    check = _Check(path.resolve().parent, (*_KEYS, *forms), report)
    brought = {key: check(forms[key], (key,), prepared.pop(key)) for key in [*prepared] if key in forms}
    given = {"file": path, "inventory": _CHECKOUT / "inventory", "sections": brought}
    loaded: Settings = check(Settings, (), given | prepared)
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


def _prepare(
    tree: Mapping[str, Plain], path: Path, place: Place, secrets: Mapping[Place, SecretForm], report: _Report
) -> dict[str, Any]:
    """The document with secrets in place of where they are kept, and the ledger's short form written out."""
    prepared: dict[str, Any] = {}
    for key, value in tree.items():
        here = (*place, key)
        form = secrets.get(here) or secrets.get((*place[:1], "*", key) if len(place) == 2 else ())  # noqa: PLR2004
        if form is not None:
            prepared[key] = _secret(value, form, path, here, report)
        elif not place and key in _NOT_IN_THE_FILE:
            report(here, f"{key}: there is no such setting; remove it")
        elif here == ("ledger",) and isinstance(value, str):
            prepared[key] = {} if value == "sqlite" else {"url": value}
        else:
            prepared[key] = _prepare(value, path, here, secrets, report) if isinstance(value, Mapping) else value
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


@dataclass(frozen=True, slots=True)
class _Check:
    """Holds what stands in a file against its form; `keys` are those of the file as a whole."""

    folder: Path
    keys: tuple[str, ...]
    report: _Report

    def __call__(self, form: Any, place: Place, value: object) -> Any:  # noqa: ANN401 - an instance of the form
        """The value as its form makes it; where it does not fit, what is wrong is reported."""
        try:
            return TypeAdapter(form).validate_python(value, context={"folder": self.folder})
        except ValidationError as error:
            for one in error.errors():
                keys = _keys_at(form, one["loc"][:-1]) if place or len(one["loc"]) > 1 else self.keys
                here = (*place, *one["loc"])
                self.report(here, f"{'.'.join(map(str, here))}: {_in_words(one['type'], one['msg'], here[-1], keys)}")
        return None


def _keys_at(form: Any, place: Place) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass, or what holds one
    """What may stand at a place below a form."""
    for key in place:
        inner = get_type_hints(form).get(str(key), form) if is_dataclass(form) else form
        form = next((one for one in get_args(inner) if is_dataclass(one)), inner)
    return tuple(one.name for one in fields(form)) if is_dataclass(form) else ()


def _in_words(sort: str, said: str, key: str | int, keys: tuple[str, ...]) -> str:
    """What a person reads for one of pydantic's errors; `keys` are those that may stand there."""
    match sort:
        case "unexpected_keyword_argument":
            return f"there is no such setting; {nearest_of(keys)(str(key))}"
        case "missing" | "missing_keyword_only_argument" | "missing_argument":
            return "is missing; add it"
        case _ if sort in _WORDS:
            return _WORDS[sort]
        case _:
            message = said.removeprefix("Value error, ")
            return f"{message[0].lower()}{message[1:]}"

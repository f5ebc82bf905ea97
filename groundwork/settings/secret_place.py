"""Where a secret is kept: a file, a variable of the environment, or a key in an ansible-vault file."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

from groundwork.errors import ConfigurationError, OpsError
from groundwork.settings.secret import Secret
from groundwork.shell.environment import caller_value

_VAULT_PASSWORD_FILE = "ANSIBLE_VAULT_PASSWORD_FILE"  # noqa: S105 - the name of Ansible's variable
_MOST_BYTES = 65536


class PlaceError(ValueError):
    """What was written names no place of a secret."""


def secret_at(place: object, *, folder: Path, where: str) -> Secret:
    """The secret kept at `{file: …}`, `{env: …}` or `{vault: …, name: …}`; paths are told from `folder`.

    `where` names the setting in messages. Raises PlaceError for anything else; nothing is read yet.
    """
    match place:
        case {"file": str(path), **rest} if not rest:
            return Secret(lambda: _in_file(folder / path, where))
        case {"env": str(name), **rest} if not rest:
            return Secret(lambda: _in_environment(name, where))
        case {"vault": str(path), "name": str(name), **rest} if not rest:
            return Secret(lambda: _in_vault(folder / path, name, where))
        case str():
            raise PlaceError(
                "a secret must not stand in the settings: write {file: …}, {env: …} or {vault: …, name: …}"
            )
        case _:
            raise PlaceError("a secret is {file: …}, {env: …} or {vault: …, name: …}")


def _in_file(path: Path, where: str) -> str:
    return _filled(_read(path, where).decode(errors="replace").rstrip("\r\n"), f"the file {path}", where)


def _in_environment(name: str, where: str) -> str:
    return _filled(caller_value(name) or "", f"the environment's {name}", where)


def _in_vault(path: Path, name: str, where: str) -> str:
    from ansible.errors import AnsibleError  # noqa: PLC0415 - takes half a second
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415

    key_file = caller_value(_VAULT_PASSWORD_FILE)
    if not key_file:
        raise _missing(f"the password of the vault {path}", where, hint=f"name its file in {_VAULT_PASSWORD_FILE}")
    password = VaultSecret(_in_file(Path(key_file), f"{where}, vault password").encode())
    try:
        text = VaultLib([("default", password)]).decrypt(_read(path, where)).decode()
        kept = cast("object", yaml.safe_load(text))
    except (AnsibleError, yaml.YAMLError, UnicodeDecodeError) as error:
        hint = f"is it an ansible-vault file of YAML, and is {key_file} its password? `ansible-vault view {path}`"
        raise ConfigurationError(f"{where}: the vault {path} cannot be read", hint=hint) from error
    found = kept.get(name) if isinstance(kept, Mapping) else None
    return _filled(str(found) if found is not None else "", f"{name} in the vault {path}", where)


def _read(path: Path, where: str) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(_MOST_BYTES)
    except OSError as error:
        raise _missing(f"the file {path}", where, hint=f"{error.strerror}: make it, or mend its mode") from error


def _filled(value: str, place: str, where: str) -> str:
    if not value:
        raise _missing(place, where, hint="put the secret there, or name another place in the settings")
    return value


def _missing(place: str, where: str, *, hint: str) -> OpsError:
    return ConfigurationError(f"{where}: {place} holds no secret", hint=hint)

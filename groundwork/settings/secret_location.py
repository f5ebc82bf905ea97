"""Where a secret is kept: a file, a variable of the environment, or a key in an ansible-vault file."""

from dataclasses import dataclass
from pathlib import Path

from groundwork.errors import ConfigurationError, OpsError
from groundwork.files.fault import Fault
from groundwork.files.source import YAML_LIMIT_BYTES, decode_source
from groundwork.files.yaml_tree import Plain, parse_yaml
from groundwork.settings.secret import Secret
from groundwork.shell.environment import caller_value

_VAULT_PASSWORD_FILE = "ANSIBLE_VAULT_PASSWORD_FILE"  # noqa: S105 - the name of Ansible's variable
_MOST_BYTES = 65536
_MOST_VAULT_BYTES = 2 * YAML_LIMIT_BYTES  # a vault is its text in hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretForm:
    """What all uses of a secret together can carry: how long it may be, and whether it has several lines."""

    most_bytes: int = 1024
    several_lines: bool = False
    why: str = "was another file meant?"


LINE = SecretForm()
TEXT = SecretForm(most_bytes=16384, several_lines=True)
BCRYPT = SecretForm(most_bytes=72, why="bcrypt, which keeps it on the server, reads no further")


class LocationError(ValueError):
    """What was written names no location of a secret."""


def secret_at(place: object, *, folder: Path, where: str, form: SecretForm = LINE) -> Secret:
    """The secret kept at `{file: …}`, `{env: …}` or `{vault: …, name: …}`; paths are told from `folder`.

    `where` names the setting in messages. Raises LocationError for anything else; nothing is read yet. When it is, it
    is checked for all its uses at once: ConfigurationError says what is wrong with it, never what it is.
    """
    match place:
        case {"file": str(path), **rest} if not rest:
            return Secret(lambda: _in_file(folder / path, where, form))
        case {"env": str(name), **rest} if not rest:
            return Secret(lambda: _in_environment(name, where, form))
        case {"vault": str(path), "name": str(name), **rest} if not rest:
            return Secret(lambda: _in_vault(folder / path, name, where, form))
        case str():
            raise LocationError(
                "a secret must not stand in the settings: write {file: …}, {env: …} or {vault: …, name: …}"
            )
        case _:
            raise LocationError("a secret is {file: …}, {env: …} or {vault: …, name: …}")


def _in_file(path: Path, where: str, form: SecretForm) -> str:
    return _checked(_read(path, where), f"the file {path}", where, form)


def _in_environment(name: str, where: str, form: SecretForm) -> str:
    value = (caller_value(name) or "").encode("utf-8", "surrogateescape")
    return _checked(value, f"the environment's {name}", where, form)


def _in_vault(path: Path, name: str, where: str, form: SecretForm) -> str:
    from ansible.errors import AnsibleError  # noqa: PLC0415 - takes half a second
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415

    key_file = caller_value(_VAULT_PASSWORD_FILE)
    if not key_file:
        raise _missing(f"the password of the vault {path}", where, hint=f"name its file in {_VAULT_PASSWORD_FILE}")
    password = VaultSecret(_in_file(Path(key_file), f"{where}, vault password", LINE).encode())
    try:
        decrypted = VaultLib([("default", password)]).decrypt(_read(path, where, most_bytes=_MOST_VAULT_BYTES))
    except AnsibleError as error:
        hint = f"is it an ansible-vault file, and is {key_file} its password? `ansible-vault view {path}`"
        raise ConfigurationError(f"{where}: the vault {path} cannot be read", hint=hint) from error
    found = _keys_of(decrypted, path, where).get(name)
    if not isinstance(found, str | None):
        raise ConfigurationError(
            f"{where}: {name} in the vault {path} is no text", hint="write it in quotes: `ansible-vault edit`"
        )
    return _checked((found or "").encode("utf-8", "surrogatepass"), f"{name} in the vault {path}", where, form)


def _keys_of(decrypted: bytes, path: Path, where: str) -> dict[str, Plain]:
    """What a vault holds. Raises ConfigurationError with the line, and with nothing of what stands there."""
    source = decode_source(decrypted, file=str(path))
    tree, faults = (None, [source]) if isinstance(source, Fault) else parse_yaml(source)
    if tree is None or not isinstance(tree.value, dict) or faults:
        line = faults[0].line if faults else 1
        raise ConfigurationError(
            f"{where}: the vault {path}:{line}: this is not a name and a text",
            hint=f"write each name once, and its secret in quotes: `ansible-vault edit {path}`",
        )
    return tree.value


def _read(path: Path, where: str, *, most_bytes: int = _MOST_BYTES) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(most_bytes)
    except OSError as error:
        raise _missing(f"the file {path}", where, hint=f"{error.strerror}: make it, or mend its mode") from error


def _checked(value: bytes, place: str, where: str, form: SecretForm) -> str:
    """The secret without an editor's line end. Raises ConfigurationError for what one of its uses would break on."""
    try:
        text = value.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _unfit(place, where, "is not UTF-8", "save it as UTF-8") from None
    if not text:
        raise _missing(place, where, hint="put the secret there, or name another place in the settings")
    if form.several_lines:
        text, shown = f"{text}\n", text.replace("\n", "").replace("\r", "")
    else:
        shown = text
    if not shown.isprintable():
        raise _unfit(place, where, "has a line break or another character that does not show", "write one line")
    if not form.several_lines and text != text.strip():
        raise _unfit(place, where, "begins or ends with a blank", "take the blank away")
    if (length := len(text.encode())) > form.most_bytes:
        raise _unfit(place, where, f"has {length} bytes, and {form.most_bytes} is the most", form.why)
    return text


def _unfit(place: str, where: str, what: str, hint: str) -> OpsError:
    return ConfigurationError(f"{where}: the secret of {place} {what}", hint=hint)


def _missing(place: str, where: str, *, hint: str) -> OpsError:
    return ConfigurationError(f"{where}: {place} holds no secret", hint=hint)

"""What an operation will need when it is carried out: looked at before anything begins, reported all at once."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from commands.wiring.city import City
from groundwork.errors import ConfigurationError, OpsError
from groundwork.settings.required import of_site
from groundwork.settings.settings import ReplicaSettings, RepositorySettings, VCenterSettings

Account = VCenterSettings | RepositorySettings | ReplicaSettings
Need = Callable[[], object]  # raises OpsError when what is needed is not there

_AT_ONCE = 8


def check_needs(needs: Iterable[Need], *, operation: str) -> None:
    """Look at every need. Raises one error that names all that is missing, a ConfigurationError if one of them is."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [error for error in pool.map(_missing, needs) if error is not None]
    errors = list({error.message: error for error in found}.values())
    if not errors:
        return
    worst = next((error for error in errors if isinstance(error, ConfigurationError)), errors[0])
    if len(errors) == 1:
        raise worst
    listed = "\n".join(f"  - {error.message}\n    → {error.hint}" for error in errors)
    raise type(worst)(
        f"{operation} cannot be carried out yet, {len(errors)} things are missing:\n{listed}",
        hint="provide each; nothing was begun",
    )


def vcenter_needs(city: City, site: str) -> Iterator[Need]:
    """What a session with a site's vCenter needs of the settings."""
    yield password_need(city.settings.vcenters, site, "vcenters")
    yield partial(_ca_file, city)


def opens_needs(city: City, site: str) -> Iterator[Need]:
    """The same, and that its vCenter lets us in."""
    yield from vcenter_needs(city, site)
    yield lambda: _opens(city, site)


def repository_needs(city: City, site: str) -> Iterator[Need]:
    """What a site's repository needs of the settings."""
    yield password_need(city.settings.repositories, site, "repositories")
    yield partial(_key, city, site)
    yield partial(_ca_file, city)


def ssh_needs(city: City) -> Iterator[Need]:
    """What SSH to the service hosts needs."""
    ssh = city.settings.ssh
    if ssh is None:
        yield partial(_refuse, "the settings lack ssh", "add ssh: {user: …, key_file: …, known_hosts_file: …}")
        return
    yield partial(_file, ssh.key_file, "ssh.key_file")
    yield partial(_file, ssh.known_hosts_file, "ssh.known_hosts_file")


def password_need(kept: Mapping[str, Account], site: str, key: str) -> Need:
    """A site's password below `key` of the settings."""
    return partial(_password, kept, site, key)


def program_need(name: str, how: str) -> Need:
    """A program on this machine; `how` installs it."""

    def need() -> None:
        if shutil.which(name) is None:
            _refuse(f"{name} is not installed", how)

    return need


def _password(kept: Mapping[str, Account], site: str, key: str) -> None:
    of_site(kept, site, key).password.reveal()


def _key(city: City, site: str) -> None:
    of_site(city.settings.repositories, site, "repositories").key.reveal()


def _ca_file(city: City) -> None:
    _file(city.ca_file, "ca_file")


def _opens(city: City, site: str) -> None:
    with city.vcenter(site) as vcenter:
        vcenter.list_networks()


def _file(path: Path, key: str) -> None:
    try:
        with path.open("rb") as opened:
            content = opened.read(1)
    except OSError as error:
        _refuse(f"{key}: {path} cannot be read: {error.strerror}", "make the file, or mend the path in the settings")
    if not content:
        _refuse(f"{key}: {path} is empty", "put there what it is to hold")


def _refuse(message: str, hint: str) -> None:
    raise ConfigurationError(message, hint=hint)


def _missing(need: Need) -> OpsError | None:
    try:
        need()
    except OpsError as error:
        return error
    return None

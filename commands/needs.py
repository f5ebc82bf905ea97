"""What an operation will need when it is carried out: looked at before anything begins, reported all at once."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from backup.readiness import prove_identity
from commands.wiring import ROLES, Wiring
from groundwork.drivers.playbook.inventory import secrets_of
from groundwork.errors import ConfigurationError, OpsError
from groundwork.settings.required import given, of_site
from groundwork.settings.settings import ReplicaSettings, RepositorySettings, Settings, VCenterSettings

if TYPE_CHECKING:
    from groundwork.change.plan import Plan

_Account = VCenterSettings | RepositorySettings | ReplicaSettings
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


def needs_of(wiring: Wiring, plan: "Plan", *, live: bool) -> list[Need]:
    """What carrying out the plan will need, beside what was read to make it.

    A `live` backup looks at each host itself before it writes there, and one that is dead does not stop the others.
    """
    sites = list(dict.fromkeys(share.site for wave in plan.waves for share in wave.shares))
    kinds: Mapping[str, Callable[[Wiring, str], Iterator[Need]]] = {
        "machines.apply": _vcenter,
        "machines.remove": _vcenter,
        "backup.prepare": _preparing,
        "backup.run": _storing,
        "backup.replicate": _copying,
        "backup.restore": _restoring,
        "drill.run": _recovering,
    }
    kind = kinds.get(plan.operation)
    needs = [need for site in sites for need in kind(wiring, site)] if kind else []
    if plan.operation == "backup.run" and not live:
        needs += [partial(_prove_repository, wiring, site) for site in sites]
    if plan.operation in {"backup.prepare", "backup.replicate"} and not live:
        needs += [partial(wiring.need_pull, site) for site in sites]
    return needs


def host_needs(wiring: Wiring) -> list[Need]:
    """What configuring the service hosts will need: every secret that a role is given, and SSH's files."""
    told = [value for _, secrets in secrets_of(wiring.settings, wiring.estate, ROLES) for value in secrets.values()]
    return [*_ssh(wiring.settings), *told]


def _vcenter(wiring: Wiring, site: str) -> Iterator[Need]:
    yield partial(_password, wiring.settings.vcenters, site, "vcenters")
    yield partial(_ca_file, wiring.settings)


def _storing(wiring: Wiring, site: str) -> Iterator[Need]:
    yield from _vcenter(wiring, site)
    yield from _repository_settings(wiring, site)
    yield from _ssh(wiring.settings)
    yield wiring.signing_key
    yield partial(_program, "restic", "apt-get install restic")


def _copying(wiring: Wiring, _site: str) -> Iterator[Need]:
    yield from _ssh(wiring.settings)


def _preparing(wiring: Wiring, site: str) -> Iterator[Need]:
    yield from _repository_settings(wiring, site)
    yield from _copying(wiring, site)


def _restoring(wiring: Wiring, site: str) -> Iterator[Need]:
    yield from _vcenter(wiring, site)
    yield lambda: _opens(wiring, site)


def _recovering(wiring: Wiring, site: str) -> Iterator[Need]:
    yield from _restoring(wiring, site)
    yield from _ssh(wiring.settings)
    yield partial(_password, wiring.settings.repositories, site, "repositories")
    yield partial(_program, "restic", "apt-get install restic")
    yield lambda: wiring.survivor_key(site)
    yield lambda: _finds_prober(wiring, site)


def _repository_settings(wiring: Wiring, site: str) -> Iterator[Need]:
    yield partial(_password, wiring.settings.repositories, site, "repositories")
    yield partial(_key, wiring.settings.repositories, site)
    yield partial(_ca_file, wiring.settings)


def _ssh(settings: Settings) -> Iterator[Need]:
    if settings.ssh is None:
        yield partial(_refuse, "the settings lack ssh", "add ssh: {user: …, key_file: …, known_hosts_file: …}")
        return
    yield partial(_file, settings.ssh.key_file, "ssh.key_file")
    yield partial(_file, settings.ssh.known_hosts_file, "ssh.known_hosts_file")


def _password(kept: Mapping[str, _Account], site: str, key: str) -> None:
    of_site(kept, site, key).password.reveal()


def _key(kept: Mapping[str, RepositorySettings], site: str) -> None:
    of_site(kept, site, "repositories").key.reveal()


def _ca_file(settings: Settings) -> None:
    _file(given(settings.ca_file, "ca_file"), "ca_file")


def _prove_repository(wiring: Wiring, site: str) -> None:
    prove_identity(wiring.repository_hosts, wiring.repository(site), site)


def _opens(wiring: Wiring, site: str) -> None:
    with wiring.vcenter(site) as vcenter:
        vcenter.list_networks()


def _finds_prober(wiring: Wiring, site: str) -> None:
    """The program on the site's prober host answers."""
    with closing(wiring.prober(site)) as prober:
        prober.list_held()


def _file(path: Path, key: str) -> None:
    try:
        with path.open("rb") as opened:
            content = opened.read(1)
    except OSError as error:
        _refuse(f"{key}: {path} cannot be read: {error.strerror}", "make the file, or mend the path in the settings")
    if not content:
        _refuse(f"{key}: {path} is empty", "put there what it is to hold")


def _program(name: str, how: str) -> None:
    if shutil.which(name) is None:
        _refuse(f"{name} is not installed", how)


def _refuse(message: str, hint: str) -> None:
    raise ConfigurationError(message, hint=hint)


def _missing(need: Need) -> OpsError | None:
    try:
        need()
    except OpsError as error:
        return error
    return None

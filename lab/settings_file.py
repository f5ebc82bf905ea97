"""The settings file of a city that is a lab: the same form as a real city's, with the lab's addresses and secrets."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from backup.repository_role import REPLICA_PORT, REPOSITORY_PORT
from groundwork.change.step import Json
from groundwork.estate.estate import Estate
from lab.layout import CONTROL, EXPORTERS_PORT
from lab.parts import LabParts
from lab.secret_store import OPERATOR, SecretStore
from lab.site_description import VCENTER_USER

WRITER = "backup"
READER = "replica"
SIGNER = "backup"  # whose key signs the restore points


def write_settings(parts: LabParts, store: SecretStore, *, inventory: Path) -> None:
    """Write the lab's settings, all or nothing."""
    path = parts.folders.settings_file
    text = yaml.safe_dump(render_settings(parts, store, inventory=inventory), sort_keys=False, allow_unicode=True)
    half_way = path.with_name(f"{path.name}.new")
    half_way.touch(mode=0o600)
    half_way.write_text(
        f"# The settings of the lab {parts.folders.lab}, made by `inv lab.up`.\n{text}", encoding="utf-8"
    )
    half_way.rename(path)


def render_settings(parts: LabParts, store: SecretStore, *, inventory: Path) -> Mapping[str, Json]:
    """The settings as they are written; secrets are named by their files."""
    estate = parts.estate
    return {
        "city": estate.city,
        "inventory": str(inventory),
        "state": str(parts.folders.state),
        "ledger": "sqlite",
        "ssh": _ssh(store.ssh_key(OPERATOR), known_hosts_file(parts)),
        "ca_file": str(store.authority),
        "network_namespace": parts.layout.control,
        "vcenters": {
            site: {"username": VCENTER_USER, "password": _file(store.password(f"vcenter-{site}"))}
            for site in estate.sites
        },
        "repositories": {
            site: {
                "url": f"https://{address}:{REPOSITORY_PORT}/",
                "username": WRITER,
                "password": _file(store.password(f"repository-{site}")),
                "key": _file(store.password("repository-key")),
            }
            for site, address in _repository_addresses(estate).items()
        },
        "replicas": {
            site: {
                "url": f"https://{address}:{REPLICA_PORT}/",
                "username": READER,
                "password": _file(store.password(f"replica-{site}")),
            }
            for site, address in _repository_addresses(estate).items()
        },
        "signing": _signing(store.ssh_key(SIGNER)),
        "workers": {site.name: {"network_namespace": site.worker.namespace} for site in parts.layout.sites.values()},
        "exporters": {"listen": f"{CONTROL.ip}:{EXPORTERS_PORT}"},
        "ledger_password": _file(store.password("ledger")),
        "operator_networks": [str(CONTROL.ip)],
    }


def write_known_hosts(parts: LabParts, store: SecretStore) -> None:
    """Write the host keys of all service hosts, by name and by address."""
    lines = []
    for name, host in parts.estate.hosts.items():
        public = store.ssh_key(f"host-{name}").with_suffix(".pub").read_text(encoding="utf-8").split()
        lines.append(f"{name},{host.address} {public[0]} {public[1]}\n")
    known_hosts_file(parts).write_text("".join(lines), encoding="utf-8")


def known_hosts_file(parts: LabParts) -> Path:
    """Where the hosts' keys are listed."""
    return parts.folders.secrets / "known_hosts"


def _repository_addresses(estate: Estate) -> dict[str, str]:
    return {site: host.address for site, host in estate.repository_hosts.items()}


def _ssh(key: Path, known_hosts: Path) -> Json:
    return {"user": "root", "key_file": str(key), "known_hosts_file": str(known_hosts)}


def _signing(key: Path) -> Json:
    return {"key": _file(key), "signers": [key.with_suffix(".pub").read_text(encoding="utf-8").strip()]}


def _file(path: Path) -> Json:
    return {"file": str(path)}

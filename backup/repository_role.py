"""The role `repository`: a site's backup repository, and what makes its host serve, copy and prove it."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from groundwork.change.step import Json
from groundwork.drivers.playbook.role import METRICS_PORT, HostRole, Port, Reached, ReadSecret, management_networks
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.settings.required import given, of_site
from groundwork.settings.settings import ReplicaSettings, RepositorySettings, Settings

REPOSITORY_PORT = 8000  # append-only, for the site's own worker
REPLICA_PORT = 8001  # read-only, for the next site's host


def _ports(estate: Estate, host: Host) -> Iterator[Port]:
    """The site's own worker stores, the next site's repository host copies, and monitoring reads how it is."""
    receivers = (
        other for site, other in estate.repository_hosts.items() if estate.site(site).replicates_from == host.site
    )
    monitoring = (one for one in estate.hosts.values() if "monitoring" in one.roles)
    yield Port(number=REPOSITORY_PORT, sources=management_networks(estate, [host.site]))
    yield Port(number=REPLICA_PORT, sources=tuple(IPv4Network(one.address) for one in receivers))
    yield Port(number=METRICS_PORT, sources=tuple(IPv4Network(one.address) for one in monitoring))


def _variables(estate: Estate, host: Host, _reached: Reached) -> Mapping[str, Json]:
    return {"repository__sender_url": _sender_url(estate, host)}


def _secrets(settings: Settings, estate: Estate, host: Host) -> Mapping[str, ReadSecret]:
    def writer(site: str) -> RepositorySettings:
        return of_site(settings.repositories, site, "repositories")

    def reader(site: str) -> ReplicaSettings:
        return of_site(settings.replicas, site, "replicas")

    def key() -> Json:
        return writer(site).key.reveal()

    site, sender = host.site, estate.site(host.site).replicates_from
    secrets: dict[str, ReadSecret] = {
        "repository__writer": lambda: _account(writer(site)),
        "repository__reader": lambda: _account(reader(site)),
        "repository__key": key,
        "repository__signers": lambda: list(given(settings.signing, "signing").signers),
    }
    return {**secrets, "repository__sender": lambda: _account(reader(sender))} if sender else secrets


def _account(kept: RepositorySettings | ReplicaSettings) -> Json:
    return {"name": kept.username, "password": kept.password.reveal()}


def _sender_url(estate: Estate, host: Host) -> str:
    sender = estate.site(host.site).replicates_from
    if sender is None:
        return ""
    if sender not in estate.repository_hosts:
        raise ConfigurationError(
            f"site {host.site} replicates from {sender}, which has no host of role repository",
            hint=f"give a host of {sender} the role repository, or end the replication of {host.site}",
        )
    return f"https://{estate.repository_hosts[sender].address}:{REPLICA_PORT}/"


REPOSITORY = HostRole(name="repository", ports=_ports, variables=_variables, secrets=_secrets)

"""A role of service hosts, as its product offers it: what it serves and to whom, and what its plays are given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from groundwork.change.step import Json
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.settings.settings import Settings

METRICS_PORT = 9100  # where a host says of itself what Prometheus reads

Reached = Mapping[int, list[Json]]  # the networks that reach each port of a host, operators among them
ReadSecret = Callable[[], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """What a role listens on, and the networks whose work it is to call there; without one, operators alone do."""

    number: int
    sources: tuple[IPv4Network, ...] = ()
    protocol: Literal["tcp", "udp"] = "tcp"


def no_ports(_estate: Estate, _host: Host) -> Iterable[Port]:
    """The `ports` of a role that serves nobody."""
    return ()


def no_variables(_estate: Estate, _host: Host, _reached: Reached) -> Mapping[str, Json]:
    """The `variables` of a role that needs nothing of the estate."""
    return {}


def no_secrets(_settings: Settings, _estate: Estate, _host: Host) -> Mapping[str, ReadSecret]:
    """The `secrets` of a role that needs nothing of the settings."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRole:
    """One role, by its name in playbooks/roles.

    On a host that has it, the packet filter admits to its `ports` whose work it is to call there, and operators. Its
    plays are given its `variables`, which follow from the estate, and its `secrets`, which stand in the settings: each
    is read when it is asked for, and raises ConfigurationError where it is missing.
    """

    name: str
    ports: Callable[[Estate, Host], Iterable[Port]] = no_ports
    variables: Callable[[Estate, Host, Reached], Mapping[str, Json]] = no_variables
    secrets: Callable[[Settings, Estate, Host], Mapping[str, ReadSecret]] = no_secrets


def management_networks(estate: Estate, sites: Iterable[str]) -> tuple[IPv4Network, ...]:
    """Where the work of these sites is done from: their networks for management."""
    meant = set(sites)
    return tuple(one.cidr for one in estate.networks.values() if one.purpose == "management" and one.site in meant)

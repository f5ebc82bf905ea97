"""A service: what citizens or staff use, with how soon and how whole it must come back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

ProbeKind = Literal["http", "https", "tcp", "ssh"]
DataAgeKind = Literal["command", "page", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SshLogin:
    """How a service's machines are entered over SSH; without a user it is the settings' own."""

    user: str = ""
    port: int = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What shows that a service works on one of its machines.

    http, https: GET `path` on `port`, the page holds `contains`; https: for `server_name`, with a certificate that is
    trusted and lasts for `expires_within`; tcp: `port` accepts; ssh: `command` ends well and prints `contains`.
    """

    machine: str
    kind: ProbeKind
    port: int = 0
    path: str = "/"
    contains: str = ""
    server_name: str = ""
    expires_within: timedelta = timedelta(0)
    command: str = "hostname"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAge:
    """Where a machine says from when its newest data is: what a recovery point is measured by.

    command: the first word of its output over SSH; page: the `field` (``a.b.0``) of the JSON page at `path` on `port`,
    over HTTPS with a `server_name`; file: when `path` was last written. A time is seconds since 1970, or ISO 8601 with
    its zone.
    """

    machine: str
    kind: DataAgeKind
    command: str = ""
    path: str = ""
    port: int = 0
    field: str = ""
    server_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. `rto` counts from the loss to service green; `rpo` bounds the data lost; `rto` <= `mtpd`.

    `depends_on` names services that must be up first. Without `data_age` the data lost is judged by the restore point.
    """

    name: str
    title_zh: str
    title_en: str
    agency: str
    tier: int
    rto: timedelta
    rpo: timedelta
    mtpd: timedelta
    depends_on: tuple[str, ...] = ()
    ssh: SshLogin = SshLogin()
    probes: tuple[Probe, ...] = ()
    data_age: tuple[DataAge, ...] = ()

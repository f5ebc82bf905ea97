"""A service: what citizens or staff use, with how soon and how whole it must come back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

ProbeKind = Literal["http", "tcp", "ssh", "canary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What shows that a service works on one of its machines.

    http: GET `path` on `port`, the page holds `contains`; tcp: `port` accepts; ssh: the machine's own state is right
    (testinfra over SSH); canary: the age of the newest canary (time and counter) that the machine's disk holds.
    """

    machine: str
    kind: ProbeKind
    port: int = 0
    path: str = "/"
    contains: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. `rto` counts from the loss to service green; `rpo` bounds the data lost; `rto` <= `mtpd`.

    `depends_on` names services that must be up first.
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
    probes: tuple[Probe, ...] = ()

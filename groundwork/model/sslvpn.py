"""SSL-VPN: what a role may reach, and the windows in which a vendor may come in."""

from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import IPv4Network
from typing import Literal

VpnAudience = Literal["staff", "vendor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnRole:
    """One role: its clients get addresses of `pool` and reach `ports` (``tcp/443``) in `networks`, and nothing else."""

    name: str
    title_zh: str
    title_en: str
    audience: VpnAudience
    gateway_site: str
    pool: IPv4Network
    networks: tuple[str, ...]
    ports: tuple[str, ...]
    session_limit: timedelta
    idle_limit: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorGrant:
    """One window for one vendor: who sponsors it, from where, to which machines, when (both days included), and why.

    Remote maintenance by vendors is forbidden in principle and allowed by exception, for a short time (letter
    院臺護字第1100165761號); on its end the access closes and its password changes.
    """

    name: str
    role: str
    vendor: str
    contact: str
    sponsor: str
    sources: tuple[IPv4Network, ...]
    machines: tuple[str, ...]
    ports: tuple[str, ...]
    opens: date
    closes: date
    purpose: str

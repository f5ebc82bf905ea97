"""A site: one of the locations the platform runs at, with its vCenter and its link."""

from dataclasses import dataclass
from typing import Literal

SiteRole = Literal["central", "first_backup", "second_backup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterLocation:
    """Where a site's vCenter answers, and the names of what it manages there; `switch` may be empty where one fits."""

    address: str
    datacenter: str
    cluster: str
    datastore: str
    hypervisors: tuple[str, ...]
    switch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site; `link_mbps` is the bandwidth of its link to the others, `replicates_from` the site it pulls from."""

    name: str
    title_zh: str
    title_en: str
    role: SiteRole
    vcenter: VCenterLocation
    link_mbps: int
    replicates_from: str | None = None

"""The catalogue of restore points as a listing needs it: read from the repositories where it is not fresh."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from commands.context import CommandContext, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from backup.remembered import Holdings
    from groundwork.change.plan import Unread
    from groundwork.drivers.repository_host.protocol import Refusals
    from groundwork.shell.sighting import Sighting
    from groundwork.store.catalogue import Catalogue, Reading

_RECENT = timedelta(days=2)  # a run that stores points and began earlier than this has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The catalogue, when each site that it knows was read, and the sites whose repository could not be read now.

    A site can be both: what it said then is shown, with its age.
    """

    catalogue: "Catalogue"
    readings: "Mapping[str, Reading]"
    unread: "Sequence[Unread]"

    @property
    def sites(self) -> list[str]:
        """The sites that there is something to say of."""
        return list(self.readings)


@contextmanager
def open_remembered(context: CommandContext, sites: Sequence[str], *, refresh: bool) -> Iterator[Remembered]:
    """The catalogue of these sites, after reading the repositories that have to be read; progress says which and why.

    A repository that cannot be read does not hide the others.
    """
    from backup.remembered import believed, read_again, why_read
    from groundwork.shell.clock import SystemClock
    from groundwork.store.catalogue import open_catalogue

    now, basis = SystemClock().now(), {site: _basis(context, site) for site in sites}
    changed = _last_change(context, now)
    read = _reader(context)
    with open_catalogue(context.ledger_location) as catalogue:
        wanted = why_read(catalogue.readings(), basis, now=now, changed=changed)
        reasons = dict.fromkeys(sites, "asked for") if refresh else wanted
        for site, why in reasons.items():
            say(f"reading the repository of {site}: {why}")
        unread = read_again(catalogue, {site: basis[site] for site in reasons}, read, now=now, anew=refresh)
        yield Remembered(catalogue=catalogue, readings=believed(catalogue, basis), unread=unread)


def read_proofs(context: CommandContext, sites: Sequence[str]) -> "Sighting[Refusals]":
    """What each site's repository host remembers of its proofs; one that cannot be asked does not hide the others."""
    from groundwork.shell.sighting import see

    found = see(sites, context.wired.repository_hosts.refusals)
    return replace(found, unread=tuple(replace(one, source=f"the proofs of {one.source}") for one in found.unread))


def _reader(context: CommandContext) -> "Callable[[str], Holdings]":
    from backup.bundle import read_bundles
    from backup.catalogue import read_entries
    from backup.remembered import Holdings
    from commands.wiring.backup import trust_of

    wired, city = context.wired, context.settings.city
    trust = trust_of(wired)
    context.enter_network()

    def read(site: str) -> Holdings:
        objects = wired.repository(site).list_objects()
        return Holdings(entries=read_entries(objects, trust), bundles=read_bundles(objects, city, trust))

    return read


def _basis(context: CommandContext, site: str) -> str:
    from backup.remembered import basis_of
    from groundwork.settings.required import of_site

    settings = context.settings
    url = of_site(settings.repositories, site, "repositories").url
    return basis_of(city=settings.city, url=url, signers=context.wired.signers())


def _last_change(context: CommandContext, now: "datetime") -> "datetime | None":
    """The newest moment at which a run of ours may have changed a repository: now, while one is at work."""
    from datetime import datetime

    with context.open_ledger() as ledger:
        runs = [one for one in ledger.iterate_runs(since=now - _RECENT) if one.operation.startswith("backup.")]
    return max((datetime.fromisoformat(one.ended) if one.ended else now for one in runs), default=None)

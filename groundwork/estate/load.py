"""Loading a city: its folder in, one Estate out, or every fault of it in one error."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from groundwork.errors import ConfigurationError
from groundwork.estate.assemble import assemble
from groundwork.estate.checks.access import check_access
from groundwork.estate.checks.addresses import check_addresses
from groundwork.estate.checks.approvals import check_approvals
from groundwork.estate.checks.dhcp import check_dhcp
from groundwork.estate.checks.firewalls import check_firewalls
from groundwork.estate.checks.parity import check_parity
from groundwork.estate.checks.platform import check_platform
from groundwork.estate.checks.quotas import check_quotas
from groundwork.estate.checks.recovery import check_recovery
from groundwork.estate.checks.references import check_references
from groundwork.estate.checks.services import check_machines, check_services
from groundwork.estate.checks.sites import check_sites
from groundwork.estate.checks.windows import check_windows
from groundwork.estate.draft import Draft
from groundwork.estate.estate import Estate
from groundwork.estate.faults import EstateFaults
from groundwork.estate.reading import FolderReader
from groundwork.files.fault import Fault

_CHECKS = (
    check_references,
    check_sites,
    check_platform,
    check_addresses,
    check_services,
    check_machines,
    check_recovery,
    check_quotas,
    check_access,
    check_dhcp,
    check_firewalls,
    check_parity,
    check_approvals,
    check_windows,
)
_MOST_LISTED = 10_000  # by each check: a list of any length is answered in seconds
_CITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def load_estate(inventory: Path, city: str) -> Estate:
    """Read ``inventory/<city>/``.

    Raises EstateFaults with every fault of its files, each with file and line; ConfigurationError when there is no such
    city or it cannot be read. Never a traceback of the files' making: whatever they hold ends in one of the two.
    """
    return load_with_draft(inventory, city)[0]


def load_with_draft(inventory: Path, city: str) -> tuple[Estate, Draft]:
    """The same, and what the files say line by line, for who has more to say of them. Raises as `load_estate` does."""
    with _uncollected():
        try:
            folder = _folder(inventory, city)
            reader = FolderReader(folder, shown=_shown(folder))
            draft = reader.read()
        except OSError as error:
            message = f"the folder {inventory / city} cannot be read ({error.strerror})"
            raise ConfigurationError(message, hint="let this user read it, or name another inventory") from error
        faults = [*reader.faults, *_check(draft, _shown(folder))]
        if faults:
            raise EstateFaults(city, faults)
        return assemble(draft, city, reader.digest), draft


def list_cities(inventory: Path) -> tuple[str, ...]:
    """The cities that an inventory has: its folders with a city.yaml."""
    try:
        return tuple(sorted(path.name for path in inventory.iterdir() if (path / "city.yaml").exists()))
    except OSError:
        return ()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Values without circles are made: looking for garbage among them takes a sixth of the time of a long list."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _folder(inventory: Path, city: str) -> Path:
    folder = inventory / city
    if not _CITY.fullmatch(city) or not folder.is_dir():
        known = list_cities(inventory)
        raise ConfigurationError(
            f"{inventory} has no city named {city!r}",
            hint=f"name one of {', '.join(known)}" if known else "name the folder that holds a folder for each city",
        )
    return folder


def _shown(folder: Path) -> str:
    """The folder as faults name it: from where the command was typed, if it lies below."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _check(draft: Draft, shown: str) -> Iterator[Fault]:
    for check in _CHECKS:
        found = list(islice(check(draft), _MOST_LISTED + 1))
        yield from found[:_MOST_LISTED]
        if len(found) > _MOST_LISTED:
            what = f"more than {_MOST_LISTED:,} faults of one kind; the first {_MOST_LISTED:,} are listed"
            yield Fault(file=shown, line=0, what=what, what_to_do="correct those, then check again")

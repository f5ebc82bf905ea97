"""Finding the files that are not what they say, and moving them on the host that bears them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import assert_never

from backup.quarantine.model import PutBackFiles, QuarantineFiles, QuarantineStep
from backup.quarantine.plan import CLEAR_REFUSED
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.estate.estate import Estate

_TOLD = 10


def find_refused(hosts: RepositoryHost, estate: Estate, site: str) -> Mapping[str, str]:
    """The files at the site that its own proofs, or the pulls of the sites that copy from it, found wrong, and why."""
    found = dict(hosts.refusals(site).own)
    for receiver in estate.sites.values():
        if receiver.replicates_from == site:
            refused = hosts.refusals(receiver.name).sender
            found |= {path: f"{why} (at {receiver.name})" for path, why in refused.items()}
    return found


def quarantine_operation(hosts: Callable[[], RepositoryHost]) -> Operation[QuarantineStep]:
    """The operation `backup.clear-refused`; `hosts` gives the repository hosts when the first step needs them."""

    @contextmanager
    def performer(_site: str) -> Iterator[Perform[QuarantineStep]]:
        yield _performer(hosts())

    return Operation(name=CLEAR_REFUSED, steps=QuarantineStep, performer=performer)


def _performer(hosts: RepositoryHost) -> Perform[QuarantineStep]:
    def perform(step: QuarantineStep, attempt: Attempt) -> Json:
        match step:
            case QuarantineFiles():
                kept = hosts.quarantine(step.site, tuple(step.found), label=attempt.run_id)
                _tell(kept, attempt)
                return {"moved": len(step.found) - len(kept), "kept": dict(kept)}
            case PutBackFiles():
                kept = hosts.put_back(step.site, step.paths, label=attempt.run_id)
                _tell(kept, attempt)
                return {"put_back": len(step.paths) - len(kept), "kept": dict(kept)}
            case _:
                assert_never(step)

    return perform


def _tell(kept: Mapping[str, str], attempt: Attempt) -> None:
    for path, why in list(kept.items())[:_TOLD]:
        attempt.say(f"{path} stays: {why}")
    if len(kept) > _TOLD:
        attempt.say(f"and {len(kept) - _TOLD} more stay")

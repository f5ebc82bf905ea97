"""What a pull says of the files it did not take: said in words, recorded in bounded form."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from groundwork.drivers.transfer.protocol import PullReport

_KINDS = ("refused", "foreign", "missing", "incomplete")
_LISTED = 20  # names of each kind that a record carries: a writer may have posted any number


def pull_lines(report: PullReport) -> Iterator[str]:
    """What an operator should know beside the figures: at most two lines."""
    strays = [f"{len(names)} {kind}" for kind in ("refused", "foreign") if (names := getattr(report, kind))]
    if strays:
        yield (
            f"{report.receiver} left out files of {report.sender} that are nobody's ({', '.join(strays)}); "
            "`inv backup.clear-refused` takes them away there"
        )
    if not report.whole:
        waiting = report.incomplete or report.missing
        yield (
            f"{report.receiver} lacks something of {len(report.incomplete) or 'some'} objects of {report.sender} "
            f"({', '.join(one[:16] for one in waiting[:3]) or f'{report.held} files wait'}); its older points are good"
        )


def pull_result(report: PullReport) -> dict[str, Any]:
    """The report as it is recorded: every count, and the first names of each kind."""
    return {
        **asdict(report),
        **{kind: list(getattr(report, kind)[:_LISTED]) for kind in _KINDS},
        "counts": {kind: len(getattr(report, kind)) for kind in _KINDS},
        "whole": report.whole,
    }

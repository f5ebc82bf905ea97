"""DHCP: what of the estate's scopes, reservations, relays and servers would not serve."""

from typing import TYPE_CHECKING

from commands.command import READ, Asked, command
from commands.json_document import render_json
from groundwork.errors import ConfigurationError

if TYPE_CHECKING:
    from groundwork.files.fault import Fault


@command(*READ)
def lint(asked: Asked) -> None:
    """Look for what a DHCP server would take and would not serve; each finding with file, line and what to do.

    Reports what `estate.check` would say too, and beyond that: scopes without relay, relays without scope, networks
    relayed or stated twice, scopes without subnet id, timers that contradict one another, options that hold what they
    cannot, one device reserved under two identifiers, and pools, prefixes and reservations of IPv6. Ends with 4 when
    there is a finding. Needs no lab, no root and no settings.

    Example: inv dhcp.lint --city taichung
    """
    from fleet.dhcp.lint import lint as lint_draft
    from groundwork.estate.faults import EstateFaults

    try:
        estate, draft = asked.context.estate_and_draft
    except EstateFaults as faults:
        _end(faults.city, faults.faults, asked)
        return
    _end(estate.city, lint_draft(draft), asked)


def _end(city: str, findings: "tuple[Fault, ...]", asked: Asked) -> None:
    """Print the findings, as lines that are not wrapped, or as one document. Raises ConfigurationError for some."""
    listed = [{"file": one.file, "line": one.line, "what": one.what, "do": one.what_to_do} for one in findings]
    if asked.json:
        print(render_json({"city": city, "findings": listed}))
    else:
        print(*(findings or [f"the DHCP of {city} has no finding"]), sep="\n")
    if findings:
        count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
        raise ConfigurationError(f"the DHCP of {city} has {count}", hint="correct what each line names")

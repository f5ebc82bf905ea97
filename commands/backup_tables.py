"""What a person and a program read of a catalogue: the points that count, and those passed over with the reason."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backup.bundle import ListedBundle
    from backup.catalogue import Copies
    from commands.remembering import Remembered
    from groundwork.change.step import Json
    from groundwork.store.catalogue import Gap

_SHOWN = 20  # rows of points passed over; --json has them all

Unproven = Mapping[str, Mapping[str, str]]  # why a point's copy is unproven, by the point's snapshot and the site
Bundles = list[tuple["ListedBundle", list[str]]]


def merge_bundles(by_site: "Mapping[str, tuple[ListedBundle, ...]]") -> Bundles:
    """The recovery bundles of several sites, each once, newest first, with the sites that hold it."""
    found: dict[str, tuple[ListedBundle, list[str]]] = {}
    for site, bundles in by_site.items():
        for one in bundles:
            found.setdefault(one.snapshot, (one, []))[1].append(site)
    return sorted(found.values(), key=lambda one: one[0].moment, reverse=True)


def points_document(
    copies: "tuple[Copies, ...]", bundles: Bundles, remembered: "Remembered", unproven: Unproven | None
) -> dict[str, Any]:
    """The catalogue for a program.

    ``points`` are those a recovery may choose, with the sites whose copy is ``unproven`` and why (null: not asked for);
    ``passed_over`` the others with why; ``bundles`` are recovery bundles of either sort, ``read`` says when each site's
    repository was read, ``unread`` which could not be read now.
    """
    good = [one for one in copies if one.entry.doubt is None]
    return {
        "points": [
            {**_point(one), "unproven": None if unproven is None else unproven.get(one.entry.snapshot, {})}
            for one in good
        ],
        "passed_over": [_passed_over(one) for one in copies if one.entry.doubt is not None],
        "bundles": [_bundle(one, sites) for one, sites in bundles],
        **_as_read(remembered),
    }


def points_table(
    copies: "tuple[Copies, ...]",
    bundles: Bundles,
    remembered: "Remembered",
    unproven: Unproven | None,
    *,
    newest_only: bool,
    counts: tuple[int, int] | None = None,
) -> "RenderableType":
    """The catalogue for a person: the points (the newest of each machine), what is unproven, the estate, the rest.

    `counts`: how many good points and how many others there are, where `copies` are only some of them.
    """
    from rich.console import Group
    from rich.text import Text

    good = [one for one in copies if one.entry.doubt is None]
    shown = list({one.entry.machine: one for one in good}.values()) if newest_only else good
    doubtful = [one for one in copies if one.entry.doubt is not None]
    lines = [Text(line) for line in _bundle_lines(bundles)] if newest_only else []
    all_good, all_doubtful = counts or (len(good), len(doubtful))
    more = [_doubtful(doubtful, of=all_doubtful)] if doubtful else []
    proofs = map(Text, _proof_lines(unproven, [one.entry.snapshot for one in shown]))
    return Group(_points(shown, of=all_good), *proofs, *lines, *more, Text(_read_line(remembered)))


def _proof_lines(unproven: Unproven | None, shown: "Sequence[str]") -> Iterator[str]:
    """How many of the points shown are unproven at each site, by the reason, and what proves them."""
    counted = Counter(pair for snapshot in shown for pair in (unproven or {}).get(snapshot, {}).items())
    for (site, reason), count in sorted(counted.items()):
        yield f"unproven at {site}: {count} of {len(shown)} points: {reason}"
    for site in sorted({site for site, _ in counted}):
        yield f"  → inv backup.verify --site {site}"
    if unproven is not None and not counted:
        yield "every copy of these points was re-read lately and found right"


def _bundle_lines(bundles: Bundles) -> Iterator[str]:
    """The newest good recovery bundle, and those of newer date that are none."""
    good = next((number for number, (one, _) in enumerate(bundles) if one.doubt is None), len(bundles))
    for one, sites in bundles[:good][:_SHOWN]:
        yield f"no recovery bundle: of {one.moment:%Y-%m-%d %H:%M} at {', '.join(sites)}: {one.doubt}: {one.reason}"
    if good < len(bundles):
        one, sites = bundles[good]
        yield f"recovery bundle: of {one.moment:%Y-%m-%d %H:%M} at {', '.join(sites)}"
    else:
        yield "there is no recovery bundle that a recovery would use; `inv backup.run` stores one"


def _points(shown: "list[Copies]", *, of: int) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from groundwork.shell.clock import SystemClock

    now = SystemClock().now()
    table = Table("machine", "taken (UTC)", "age", "MiB", "copies at", box=None, caption_justify="left")
    for one in shown:
        if point := one.entry.point:
            notes = [*(["as after a power cut"] if not point.quiesced else []), *_copies(one)]
            size = f"{point.size_bytes / 2**20:.1f}"
            row = (point.machine, f"{point.taken:%Y-%m-%d %H:%M:%S}", _age(now - point.taken), size, ", ".join(notes))
            table.add_row(*map(Text, row))
    table.caption = f"{len(shown)} of {of} restore points; --machine shows all of one machine"
    return table


def _doubtful(doubtful: "list[Copies]", *, of: int) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from backup.catalogue import moment_of

    table = Table("passed over", "of (UTC)", "why", "at", box=None, caption_justify="left")
    for one in sorted(doubtful, key=lambda one: moment_of(one.entry), reverse=True)[:_SHOWN]:
        entry = one.entry
        why = f"{entry.doubt}: {entry.reason}"
        table.add_row(
            *map(Text, (entry.machine or "?", f"{moment_of(entry):%Y-%m-%d %H:%M}", why, ", ".join(one.sites)))
        )
    more = of - _SHOWN
    table.caption = "no recovery chooses these" + (f"; {more} more: --json" if more > 0 else "")
    return table


def gaps_document(gaps: "Sequence[Gap]", remembered: "Remembered") -> "Json":
    """The gaps for a program; `after` null: there never was a point, `until` null: it lasts."""
    listed: list[Json] = [
        {
            "site": one.site,
            "machine": one.machine,
            "after": one.after.isoformat() if one.after else None,
            "until": one.until.isoformat() if one.until else None,
        }
        for one in gaps
    ]
    return {"gaps": listed, **_as_read(remembered)}


def gaps_table(gaps: "Sequence[Gap]", remembered: "Remembered") -> "RenderableType":
    """The gaps for a person, those that last first."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table("machine", "at", "no point after (UTC)", "until", box=None, caption_justify="left")
    for one in sorted(gaps, key=lambda gap: (gap.until is not None, gap.machine, gap.site)):
        after = f"{one.after:%Y-%m-%d %H:%M}" if one.after else "never one"
        until = f"{one.until:%Y-%m-%d %H:%M}" if one.until else "now"
        table.add_row(*map(Text, (one.machine, one.site, after, until)))
    table.caption = f"{len(gaps)} gaps" if gaps else "no gap: every machine has its points as its policy says"
    return Group(table, Text(_read_line(remembered)))


def _as_read(remembered: "Remembered") -> "dict[str, Json]":
    return {
        "read": {site: one.at.isoformat() for site, one in remembered.readings.items()},
        "unread": {one.source: one.message for one in remembered.unread},
    }


def _read_line(remembered: "Remembered") -> str:
    """How old all this is, by site; what cannot be read now was perhaps lost since."""
    from groundwork.shell.clock import SystemClock

    now, unread = SystemClock().now(), {one.source for one in remembered.unread}
    ages = [
        f"{site} {_age(now - one.at)} ago{', and cannot be read now' * (site in unread)}"
        for site, one in remembered.readings.items()
    ]
    return f"as the repositories said: {'; '.join(ages)}" if ages else "no repository could be read"


def _copies(one: "Copies") -> list[str]:
    return [f"{site} ({doubt})" if doubt else site for site, doubt in one.sites.items()]


def _age(age: timedelta) -> str:
    minutes = max(int(age.total_seconds()), 0) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def _point(one: "Copies") -> dict[str, Any]:
    from commands.context import as_document

    point = as_document(one.entry.point)
    return {
        **(point if isinstance(point, dict) else {}),
        "copies_at": [site for site, doubt in one.sites.items() if doubt is None],
        "copies": {site: str(doubt or "whole") for site, doubt in one.sites.items()},
        "signer": one.entry.signer,
        "version": one.entry.version,
    }


def _passed_over(one: "Copies") -> dict[str, Any]:
    from backup.catalogue import moment_of

    entry = one.entry
    return {
        "machine": entry.machine,
        "of": moment_of(entry).isoformat(),
        "snapshot": entry.snapshot,
        "version": entry.version,
        "doubt": str(entry.doubt),
        "reason": entry.reason,
        "at": list(one.sites),
    }


def _bundle(one: "ListedBundle", sites: list[str]) -> dict[str, Any]:
    return {
        "made": one.moment.isoformat(),
        "digest": one.manifest.digest if one.manifest else None,
        "doubt": str(one.doubt) if one.doubt else None,
        "reason": one.reason,
        "at": sites,
    }

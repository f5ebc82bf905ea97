"""Adopting what a site's vCenter has: the city's files get what can be known of it, the rest is for a person."""

import json as json_format
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from commands.command import READ, Asked, command
from commands.conduct import end_unread
from commands.context import CommandContext, answer, as_document, say
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fleet.machines.adopted_networks import UnknownNetwork
    from fleet.machines.adoption import Adoption
    from groundwork.change.step import Json
    from groundwork.estate.revision import Cells

_LIST, _TEMPLATES, _NETWORKS = "machines.csv", "templates.yaml", "networks.yaml"


@command(
    *READ,
    name="import",
    help={
        "site": "the site whose vCenter is read",
        "overwrite": "write what differs over what the files say; without this it is only shown",
    },
)
def import_machines(asked: Asked, *, site: str = "", overwrite: bool = False) -> None:
    """Write the machines that a site's vCenter shows into machines.csv, and its templates into templates.yaml.

    What nobody can read off a vCenter is left to a person: agency, service and policy are `unassigned`, and
    networks.yaml gets a comment for each port group that no network stands for, with the VLAN it has if it decides one.
    Files are written only when the city is
    sound with them. A second run adds what is new, fills empty cells, and shows what differs.

    Example: inv estate.import --site central
    """
    if not site:
        raise UsageError("--site is needed", hint="say which site's vCenter is read")
    context = asked.context
    name = context.estate.site(site).name
    found = _adoption(context, name)
    written = _write(context, name, found, overwrite=overwrite)
    document: dict[str, Json] = {"city": context.estate.city, "site": name, "written": cast("Json", written)}
    answer({**document, **_document(found)}, lambda: _page(found, written, overwrite=overwrite), as_json=asked.json)
    _end_unseen(name, found)


def _adoption(context: CommandContext, site: str) -> "Adoption":
    from fleet.machines.adoption import adopt
    from fleet.machines.apply import observe_machines, observe_vlans

    say(f"reading the machines of {site}")
    context.enter_network()
    open_vcenter = context.wired.vcenter
    machines = observe_machines([site], open_vcenter)
    end_unread(machines.unread)
    vlans = observe_vlans([site], open_vcenter)
    end_unread(vlans.unread)
    return adopt(context.estate, site, machines.seen[site], vlans.seen[site])


def _write(context: CommandContext, site: str, found: "Adoption", *, overwrite: bool) -> list[str]:
    """Write what there is to write; the names of the files that were changed."""
    from groundwork.estate.faults import EstateFaults
    from groundwork.estate.revision import add_lines, add_rows, check_revision, put_lines, write_revision

    inventory, city = context.settings.inventory, context.estate.city
    changed: dict[str, Cells] = {name: dict(cells) for name, cells in found.fills.items()}
    for one in found.differences if overwrite else ():
        changed.setdefault(one.machine, {})[one.column] = one.shown
    before = {name: _text(context, name) for name in (_LIST, _TEMPLATES, _NETWORKS)}
    templates = [f"  {_entry(cells, site)}" for cells in found.templates]
    files = {
        _LIST: add_rows(before[_LIST], found.rows, changed=changed),
        _TEMPLATES: add_lines(before[_TEMPLATES] or "templates:\n", templates) if templates else before[_TEMPLATES],
        _NETWORKS: put_lines(before[_NETWORKS], dict(_to_complete(one, site) for one in found.networks)),
    }
    try:
        check_revision(inventory, city, _changed(before, files))
    except (
        EstateFaults
    ):  # templates.yaml may be written in another style: then a person puts the lines where they belong
        files[_TEMPLATES] = add_lines(before[_TEMPLATES], [f"# {line.strip()}" for line in templates])
        check_revision(inventory, city, _changed(before, files))
    write_revision(inventory, city, _changed(before, files))
    return list(_changed(before, files))


def _changed(before: dict[str, str], files: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in files.items() if text != before[name]}


def _text(context: CommandContext, name: str) -> str:
    """A file of the city as it is; empty when it is not there."""
    try:
        path = context.settings.inventory / context.estate.city / name
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""


def _entry(cells: "Cells", site: str) -> str:
    """A template as a line of templates.yaml."""
    numbers = ("vcpus", "memory_mib", "disk_gib")
    held = [f"sites: [{site}]"]
    held += [f"{key}: {cell if key in numbers else _quoted(cell)}" for key, cell in cells.items() if key != "name"]
    return f"{cells['name']}: {{{', '.join(held)}}}"


def _to_complete(network: "UnknownNetwork", site: str) -> tuple[str, str]:
    """A pattern of the line that nobody has completed yet, whatever VLAN was shown then, and the line of now."""
    start, end = (
        f"  # {{site: {site}, cidr: ?, gateway: ?, vlan: ",
        f", purpose: ?, port_group: {_quoted(network.name)}}}",
    )
    note = f"  # {network.note}" if network.note else ""
    return f"{re.escape(start)}[0-9?]+{re.escape(end)}.*", f"{start}{network.vlan or '?'}{end}{note}"


def _quoted(text: str) -> str:
    return json_format.dumps(text, ensure_ascii=False)


def _document(found: "Adoption") -> "dict[str, Json]":
    document = as_document(found)
    return dict(document) if isinstance(document, dict) else {}


def _page(found: "Adoption", written: list[str], *, overwrite: bool) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    return Group(*(Text(line) for line in _lines(found, written, overwrite=overwrite)))


def _lines(found: "Adoption", written: list[str], *, overwrite: bool) -> Iterable[str]:
    for cells in found.rows:
        yield f"new: {cells['name']}" + (f" ({cells['vcenter_name']})" if cells.get("vcenter_name") else "")
    for name, filled in found.fills.items():
        yield f"filled in: {name}: {', '.join(filled)}"
    for cells in found.templates:
        yield f"new template: {cells['name']}"
    for network in found.networks:
        shown = ", ".join([f"VLAN {network.vlan}"] * bool(network.vlan) + [network.note] * bool(network.note))
        yield f"no network of {_NETWORKS} is {network.name} ({network.machines} machines; {shown}): complete its line"
    verb = "overwritten" if overwrite else "differs"
    for one in found.differences:
        yield f"{verb}: {one.machine}, {one.column}: {one.written or '(empty)'} → {one.shown}"
    for vlan in found.vlans:
        yield f"differs: {vlan.network}, vlan: {vlan.written} → {vlan.shown}; {_NETWORKS} is changed by hand only"
    for name in found.absent:
        yield f"not shown: {name}"
    if found.differences and not overwrite:
        yield "what differs is left as it is; --overwrite writes it"
    if found.rows:
        yield f"{len(found.rows)} machines are unassigned: say whose they are in {_LIST}, then `inv estate.check`"
    yield f"wrote {', '.join(written)}" if written else "nothing to write"


def _end_unseen(site: str, found: "Adoption") -> None:
    from groundwork.change.plan import Unread
    from groundwork.errors import OutsideError

    if found.unseen:
        message = f"not imported: {', '.join(f'{name} ({reason})' for name, reason in found.unseen)}"
        hint = "see its state at the vCenter, then import again"
        end_unread([Unread(source=site, message=message, hint=hint, exit_code=OutsideError.exit_code)])

"""The lab's commands: bring it up, take it down, look at it, enter it, cut a site off and heal it, empty its caches."""

import dataclasses
import sys
from json import dumps
from typing import TYPE_CHECKING

from invoke import Context, task

from commands.checkout import ROOT
from commands.command import Asked, command
from commands.prerequisites.catalogue import Purpose
from commands.prerequisites.golang import go_program
from commands.prerequisites.provision import cache_folder, ensure, is_root
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands

if TYPE_CHECKING:
    from lab.folders import LabFolders
    from lab.parts import LabParts
    from lab.site_loss import LabSiteLoss

INVENTORY = ROOT / "inventory"
_NAME_HELP = "the lab's name; labs of different names stand side by side (other commands: CITYOPS_LAB=NAME)"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _need_root() -> None:
    if not is_root():
        raise ConfigurationError("the lab needs root: it makes network namespaces and boots machines", hint="use sudo")


def _standing_parts(name: str) -> "LabParts":
    """The parts of a lab that stands. Raises ConfigurationError when none does."""
    from groundwork.estate.load import load_estate
    from lab.folders import LabFolders, how_to_bring_up
    from lab.parts import parts_of
    from lab.standing import read_standing

    _need_root()
    folders = LabFolders(lab=name)
    standing = read_standing(folders)
    if standing is None:
        raise ConfigurationError(f"there is no lab named {name!r}", hint=f"bring it up: {how_to_bring_up(name)}")
    return parts_of(folders, load_estate(INVENTORY, standing.city))


def _reachable_parts(name: str) -> "LabParts":
    """The parts of a lab whose network is there. Raises ConfigurationError when it is not."""
    from lab.folders import how_to_bring_up
    from lab.status import has_its_network

    parts = _standing_parts(name)
    if not has_its_network(parts):
        raise ConfigurationError(f"the lab {name} is down, or half-way", hint=f"bring it up: {how_to_bring_up(name)}")
    return parts


def _loss(name: str) -> "LabSiteLoss":
    from lab.site_loss import LabSiteLoss

    return LabSiteLoss(_reachable_parts(name).layout, commands=LocalCommands(), clock=SystemClock())


@task(
    help={
        "name": _NAME_HELP,
        "city": "the city it stands for, a folder of inventory/",
        "install": "install what the lab lacks on this machine (--no-install refuses with the list instead)",
    }
)
def up(_context: Context, *, name: str = "default", city: str = "taichung", install: bool = True) -> None:
    """Bring the lab up, or mend what of it is missing.

    Example: inv lab.up
    Example: inv lab.up --name mine --city chiayi
    """
    from groundwork.estate.load import load_estate
    from lab.bring_up import LabOrder, bring_up
    from lab.folders import DEFAULT_LAB, LabFolders

    _need_root()
    ensure(Purpose.LAB, install=install)
    clock, cache = SystemClock(), cache_folder()
    began = clock.monotonic()
    order = LabOrder(
        folders=LabFolders(lab=name),
        estate=load_estate(INVENTORY, city),
        inventory=INVENTORY,
        cache=cache,
        go=go_program(cache, install=install),
    )
    made = bring_up(order, commands=LocalCommands(), clock=clock, say=_say)
    if not made:
        print(f"the lab {name} is up; there was nothing to do")
        return
    print(f"the lab {name} is up: {len(made)} parts made in {clock.monotonic() - began:.0f} s")
    named = "" if name == DEFAULT_LAB else f" --name {name}"
    print(f"see `inv lab.status{named}`" + (f"; CITYOPS_LAB={name} has other commands speak to it" if named else ""))


@task(
    help={
        "name": _NAME_HELP,
        "forget": "remove its ledger and its evidence too, instead of keeping them",
        "interrupt": "go on while runs are at work in it: they are interrupted, and their ledger goes with the lab",
    }
)
def down(_context: Context, *, name: str = "default", forget: bool = False, interrupt: bool = False) -> None:
    """Take the lab down: its processes, namespaces, mounts and files; its ledger and evidence are kept aside.

    Refused (3) while a run is at work on the lab's ledger, unless it is to be interrupted.

    Example: inv lab.down
    Example: inv lab.down --name mine --forget
    """
    from lab.folders import LabFolders
    from lab.teardown import SETTINGS_OF_THE_PAST, take_down

    _need_root()
    at_work = _runs_at_work(LabFolders(lab=name))
    if at_work and not interrupt:
        raise RefusedError(
            f"the lab {name} has a run at work: {' and '.join(at_work)}",
            hint="wait for its end, stop it with `inv runs.cancel ID --reason …`, or interrupt it with --interrupt",
        )
    removed = take_down(
        LabFolders(lab=name), keep_state=not forget, commands=LocalCommands(), clock=SystemClock(), say=_say
    )
    if not removed.found:
        print(f"there was no lab named {name}")
        return
    print(f"the lab {name} is down: {removed.processes} processes and {removed.namespaces} namespaces ended")
    if removed.kept:
        print(f"its ledger and evidence are in {removed.kept}")
        print(f"see its runs with `inv runs.list --settings {removed.kept / SETTINGS_OF_THE_PAST}`")


def _runs_at_work(folders: "LabFolders") -> list[str]:
    from groundwork.run.holders import list_at_work
    from groundwork.store.location import LedgerLocation

    holders = list_at_work(LedgerLocation(state=folders.state))
    return [f"{one.run} since {one.since} (reason: {one.reason})" for one in holders]


@command("json", help={"name": _NAME_HELP})
def status(asked: Asked, *, name: str = "default") -> None:
    """Show what of the lab stands and answers, and what was planted in its vCenters.

    Example: inv lab.status
    Example: inv lab.status --json
    """
    from lab.status import read_status, render_status

    seen = read_status(_standing_parts(name), commands=LocalCommands(), clock=SystemClock())
    print(dumps(dataclasses.asdict(seen), ensure_ascii=False, indent=2) if asked.json else render_status(seen))


@task(positional=["target"], help={"target": "a service host, a booting machine, or a namespace", "name": _NAME_HELP})
def enter(_context: Context, target: str, *, name: str = "default") -> None:
    """Open a shell in a service host, a guest, or one of the lab's namespaces (control, central, central-vcenter …).

    Example: inv lab.enter repo-central
    Example: inv lab.enter control
    """
    from groundwork.shell.terminal import hand_over
    from lab.entrance import argv_into

    hand_over(argv_into(_reachable_parts(name), target))


@task(positional=["site"], help={"site": "the site to lose", "name": _NAME_HELP})
def cut(_context: Context, site: str, *, name: str = "default") -> None:
    """Lose a site: its link goes down, and all that runs there stands still.

    Example: inv lab.cut central
    """
    _loss(name).lose(site, by="inv lab.cut")
    print(f"site {site} is lost; heal it with: inv lab.heal {site}")


@task(positional=["site"], help={"site": "the site to have back", "name": _NAME_HELP})
def heal(_context: Context, site: str, *, name: str = "default") -> None:
    """Have a lost site back; nothing to do for one that is not lost.

    Example: inv lab.heal central
    """
    _loss(name).heal(site, by=None)
    print(f"site {site} is linked")


@task
def purge(_context: Context) -> None:
    """Empty the lab's caches: images, the simulator's build, and Go if it was fetched. Refused while a lab stands.

    Example: inv lab.purge
    """
    from lab.folders import list_labs
    from lab.purge import purge_cache

    _need_root()
    standing = list_labs()
    if standing:
        raise RefusedError(
            f"labs stand on the caches: {', '.join(standing)}",
            hint=f"take them down first: inv lab.down --name {standing[0]}",
        )
    removed = purge_cache(cache_folder())
    print(f"removed from {cache_folder()}: {', '.join(removed) or 'nothing was there'}")

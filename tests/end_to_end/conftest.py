"""The lab that the end-to-end tests share: brought up once, taken down at the end, and nothing of it left."""

import os
import sys
from collections.abc import Iterator

import pytest

from commands.checkout import ROOT
from commands.prerequisites.catalogue import Purpose, missing_for
from commands.prerequisites.golang import go_program
from commands.prerequisites.provision import cache_folder
from groundwork.errors import ConfigurationError
from groundwork.estate.load import load_estate
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.bring_up import LabOrder, bring_up
from lab.folders import LabFolders
from lab.guests import GUEST_TEMPLATE, list_guests
from lab.parts import parts_of
from lab.teardown import take_down
from tests.builders.secret_watch import SecretWatch, is_restic_or_rclone
from tests.builders.standing_lab import COMMAND_SECONDS, LIVE, StandingLab

CITY = "taichung"
LAST = {
    "test_no_secret_in_process_list.py",  # it judges what was seen while the others ran
    "test_first_city.py",  # it adds a city to the checkout, which tests of other parts read when they begin
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lab-name", default="test", help="the name of the lab that the end-to-end tests use")
    parser.addoption("--keep-lab", action="store_true", help="leave that lab up, and take it as it stands if it is up")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "lab: needs the lab, and so root on Debian")
    config.addinivalue_line("markers", "shared_lab: needs the lab that the tests share; the others have their own")


@pytest.hookimpl(tryfirst=True)  # before -m picks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name in LAST)
    reason = why_no_lab()
    for item in items:
        if "end_to_end" in item.path.parts:
            item.add_marker(pytest.mark.lab)
            if {"lab", "secret_watch"}.intersection(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.shared_lab)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def secret_watch(request: pytest.FixtureRequest) -> Iterator[SecretWatch]:
    """Looks for the lab's secrets in the process list while all these tests run."""
    folder = LabFolders(lab=str(request.config.getoption("--lab-name"))).secrets

    def secrets() -> dict[str, str]:
        return {path.stem: path.read_text(encoding="utf-8").strip() for path in folder.glob("*.password")}

    with SecretWatch(secrets=secrets, needed=is_restic_or_rclone).watching() as watch:
        yield watch


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, secret_watch: SecretWatch) -> Iterator[StandingLab]:
    """Taichung's lab, up. Tests leave its sites healed and its guests running; its machines may have been mended."""
    folders = LabFolders(lab=str(request.config.getoption("--lab-name")))
    keep = bool(request.config.getoption("--keep-lab"))
    commands, clock = LocalCommands(), SystemClock()
    if not keep:
        take_down(folders, keep_state=False, commands=commands, clock=clock, say=say)
    del secret_watch  # it looks on from before the lab's secrets are made
    order = LabOrder(
        folders=folders,
        estate=load_estate(ROOT / "inventory", CITY),
        inventory=ROOT / "inventory",
        cache=cache_folder(),
        go=go_program(cache_folder()),
    )
    bring_up(order, commands=commands, clock=clock, say=say)
    yield StandingLab(parts=parts_of(folders, order.estate))
    if not keep:
        take_down(folders, keep_state=False, commands=commands, clock=clock, say=say)


@pytest.fixture(scope="session")
def configured(lab: StandingLab) -> StandingLab:
    """The lab with its service hosts as the playbooks make them, once for all tests: it takes minutes."""
    done = lab.inv("hosts.apply", "--live", "--reason", "end-to-end test", timeout_seconds=COMMAND_SECONDS)
    assert done.exit_code == 0, done.stderr
    return lab


@pytest.fixture(scope="session")
def mended(lab: StandingLab) -> StandingLab:
    lab.done("machines.apply", *LIVE)
    return lab


@pytest.fixture(scope="session")
def copied(mended: StandingLab, configured: StandingLab) -> StandingLab:
    del mended  # it is the machines that are backed up which have to be mended
    configured.done("backup.prepare", *LIVE)
    assert configured.done("backup.prepare", "--json")["steps"] == []
    points = configured.done("backup.run", "--only", f"template:{GUEST_TEMPLATE}", *LIVE)["summary"]["points"]
    assert len(points) == len(list_guests(configured.parts.estate))
    pulls = configured.done("backup.replicate", *LIVE)["summary"]["pulls"]
    assert [(pull["sender"], pull["receiver"]) for pull in pulls] == [("central", "yangming"), ("yangming", "nchc")]
    assert all(pull["proven"] == pull["files"] and not pull["refused"] for pull in pulls)
    return configured


def say(line: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{line}\n")


def why_no_lab() -> str:
    """Why the lab cannot stand here; empty when it can."""
    if os.geteuid() != 0:
        return "the lab needs root"
    missing = missing_for(Purpose.LAB)
    if missing:
        return f"the lab needs {', '.join(needed.package for needed in missing)}"
    try:
        go_program(cache_folder(), install=False)
    except ConfigurationError as error:
        return error.message
    return ""

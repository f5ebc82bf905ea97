"""A plan is saved, shown, approved and carried out once; what does not count as an approval is refused in words."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from invoke import Exit

from commands.command import Asked
from commands.conduct import conduct
from commands.context import CommandContext
from commands.program import main
from commands.wiring import products
from commands.wiring.city import City
from commands.wiring.product import Product
from groundwork.change.approval import Permit, Requirement
from groundwork.change.operation import Operation
from groundwork.errors import RefusedError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.approvers import approvals_yaml, make_key, signer_line
from tests.builders.estate_files import CITY, FILES, write_city
from tests.builders.toy_run import ToyOrder, toy_operation

ORDER = ToyOrder(sites={"alpha": ["a"]})


@dataclass(frozen=True)
class Office:
    """A city whose one operation asks for two approvals, and three people: two of the board, one who is nobody."""

    folder: Path
    keys: dict[str, Path]

    @property
    def settings(self) -> str:
        return str(self.folder / "settings.yaml")

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    def appoint(self, **roles: tuple[str, ...]) -> None:
        named = {role: [self.keys[name] for name in names] for role, names in roles.items()}
        files = FILES | {"approvals.yaml": approvals_yaml(named, operation="drill.run", count=1)}
        write_city(self.folder / "inventory", files)

    def save(self) -> None:
        with pytest.raises(Exit):
            conduct(Asked(settings=self.settings, json=True, out=str(self.plan)), "toy", self.decided)

    def approve(self, name: str, *more: str) -> int:
        lasting = more or ("--for", "8h")
        return main(["plan.approve", str(self.plan), "--key", str(self.keys[name]), *lasting, "-s", self.settings])

    def carry_out(self, *, emergency: str = "") -> int:
        asked = Asked(settings=self.settings, json=True, live=True, reason="reviewed", plan=str(self.plan))
        try:
            conduct(replace(asked, emergency=emergency), "toy", self.decided)
        except Exit as ended:
            return int(ended.code)
        return 0

    def approvals(self) -> list[Path]:
        return sorted(self.folder.glob("plan.json.approval-*"))

    @property
    def context(self) -> CommandContext:
        return CommandContext(settings=self.settings)

    decided = replace(ORDER.plan(1), city=CITY)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    (tmp_path / "made").mkdir()
    (tmp_path / "settings.yaml").write_text(f"city: {CITY}\nstate: .\ninventory: inventory\n", encoding="utf-8")

    def operations(city: City) -> list[Operation[Any]]:
        asks = replace(
            toy_operation(city.settings.state, ORDER),
            propose=lambda decided, _say: decided,
            approvals=lambda _plan, _stated: Requirement(count=2, roles=("board",)),
        )
        return [asks]

    monkeypatch.setattr(products, "PRODUCTS", (Product(name="toy", operations=operations),))
    made = Office(folder=tmp_path, keys={name: make_key(tmp_path, name) for name in ("chen", "lin", "wang")})
    made.appoint(board=("chen", "lin"), press=("wang",))
    made.save()
    return made


def test_a_rehearsal_says_whose_approval_will_be_needed(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.save()
    assert "carries it out, with 2 approvals of the role board\n" in capsys.readouterr().err


def refusal(office: Office) -> str:
    with pytest.raises(RefusedError, match="toy needs 2 approvals of the role board") as caught:
        office.carry_out()
    return caught.value.message


def test_an_approved_plan_is_carried_out_once_and_its_approvals_are_kept(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.approve("chen") == 0
    assert "has 1: chen" in refusal(office)
    (office.folder / "plan.json.approval-0").write_text("rubbish stops nobody", encoding="utf-8")
    assert office.approve("lin", "--until", "2099-01-01T08:00+08:00") == 0
    capsys.readouterr()
    assert office.carry_out() == 0
    record = json.loads(capsys.readouterr().out)
    assert [one["signer"] for one in record["permit"]["approvals"]] in (["chen", "lin"], ["lin", "chen"])
    kept = office.folder / "evidence" / record["id"] / "permit.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == record["permit"]
    assert main(["runs.show", record["id"], "-s", office.settings]) == 0
    shown = capsys.readouterr().out
    assert "approved by chen (board) until" in shown
    assert "approved by lin (board) until 2099-01-01T00:00:00+00:00" in shown
    with pytest.raises(RefusedError, match=f"was used already, by run {record['id']}"):
        office.carry_out()


def test_an_auditor_verifies_an_approval_with_ssh_keygen_alone(office: Office) -> None:
    office.approve("chen")
    document = json.loads(office.approvals()[0].read_text(encoding="utf-8"))
    plan_hash, until = document["statement"]["plan"], document["statement"]["until"]
    (office.folder / "signature").write_text(document["signature"], encoding="utf-8")
    (office.folder / "allowed").write_text(f"chen {signer_line(office.keys['chen'])}\n", encoding="utf-8")
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "chen", "-n", "cityops-plan", "-s", "signature"]
    argv = ["env", "-C", str(office.folder), *verify]
    words = f'{{"city":"{CITY}","operation":"toy","plan":"{plan_hash}","until":"{until}"}}'
    assert LocalCommands().run(argv, timeout_seconds=30, stdin=words.encode()).exit_code == 0
    assert LocalCommands().run(argv, timeout_seconds=30, stdin=words.encode() + b" ", check=False).exit_code != 0


def test_what_is_approved_is_shown_from_the_plan_itself(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.approve("chen")
    capsys.readouterr()
    assert main(["plan.show", str(office.plan), "-s", office.settings]) == 0
    shown = capsys.readouterr()
    assert "write alpha-a-1-1" in shown.out
    assert "approved by chen (board) until" in shown.err
    assert "toy needs 2 approvals of the role board, each of another person; this plan has 1: chen" in shown.err
    office.plan.write_bytes(office.plan.read_bytes().replace(b"alpha-a", b"alpha-b"))
    assert main(["plan.show", str(office.plan), "-s", office.settings]) == 3
    assert office.approve("lin") == 3
    assert "was changed after it was saved" in capsys.readouterr().err


def edit(file: Path, change: Callable[[dict[str, dict[str, str]]], None]) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def test_an_approval_of_another_plan_does_not_count(office: Office) -> None:
    office.approve("chen")
    office.save()
    office.approve("lin")
    assert "does not count: it is of another plan" in refusal(office)


def test_an_approval_that_has_ended_does_not_count(office: Office) -> None:
    office.approve("lin")
    office.approve("chen", "--for", "2s")
    SystemClock().sleep(2.1)
    assert "does not count: it ended at" in refusal(office)


def test_a_prolonged_approval_does_not_count(office: Office) -> None:
    office.approve("chen")
    edit(office.approvals()[0], lambda document: document["statement"].update(until="2099-01-01T00:00:00+00:00"))
    office.approve("lin")
    assert "does not count: its signature is not of these words" in refusal(office)


@pytest.mark.parametrize(("field", "word"), [("city", "elsewhere"), ("operation", "drill.run")])
def test_an_approval_for_another_city_or_operation_does_not_count(office: Office, field: str, word: str) -> None:
    office.approve("chen")
    edit(office.approvals()[0], lambda document: document["statement"].update({field: word}))
    assert f"does not count: it is of another {field} ({word}" in refusal(office)


def test_the_same_signer_twice_counts_once(office: Office) -> None:
    office.approve("chen")
    office.approve("chen", "--for", "9h")
    assert len(office.approvals()) == 2
    assert "chen approved the plan already, and counts once" in refusal(office)


def test_a_signer_of_another_role_does_not_count(office: Office) -> None:
    office.approve("chen")
    office.approve("wang")
    assert "wang has none of the roles that are asked for (board)" in refusal(office)


def test_who_lost_the_role_since_does_not_count(office: Office) -> None:
    office.approve("chen")
    office.approve("lin")
    office.appoint(board=("chen",), press=("wang", "lin"))
    assert "lin has none of the roles that are asked for (board)" in refusal(office)
    office.appoint(board=("chen",), press=("wang",))
    assert "the estate lists no such signer (any more)" in refusal(office)


def test_a_key_that_the_estate_does_not_list_approves_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.appoint(board=("chen",), press=("wang",))
    assert office.approve("lin") == 3
    assert "below no role of approvals.yaml" in capsys.readouterr().err
    assert office.approvals() == []


@pytest.mark.parametrize("content", [b"", b"[" * 90_000, b"{}", b'{"statement": {"plan": 5}}', b"\xff", b"null"])
def test_what_is_no_approval_is_reported_as_that(office: Office, content: bytes) -> None:
    (office.folder / "plan.json.approval-0").write_bytes(content)
    assert "plan.json.approval-0 does not count: it holds no approval" in refusal(office)


def test_of_very_many_approvals_those_that_are_not_read_are_said(office: Office) -> None:
    for number in range(66):
        (office.folder / f"plan.json.approval-{number:03}").touch()
    os.mkfifo(office.folder / "plan.json.approval-")
    assert "3 more files beside the plan do not count: 64 are read" in refusal(office)


def test_a_signature_for_another_purpose_does_not_count(office: Office) -> None:
    office.approve("chen")
    file = office.approvals()[0]
    statement = json.dumps(
        json.loads(file.read_text(encoding="utf-8"))["statement"], sort_keys=True, separators=(",", ":")
    )
    done = LocalCommands().run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "file", "-f", str(office.keys["chen"])],
        timeout_seconds=30,
        stdin=statement.encode(),
    )
    edit(file, lambda document: document.update(signature=done.stdout))  # type: ignore[call-overload]
    office.approve("lin")
    assert "its signature is not of these words" in refusal(office)


def test_an_emergency_goes_without_and_is_recorded(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert office.carry_out(emergency="the board cannot be reached") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["permit"]["emergency"] == "the board cannot be reached"
    assert main(["runs.show", record["id"], "-s", office.settings]) == 0
    assert "as an emergency: the board cannot be reached" in capsys.readouterr().out


def test_the_engine_itself_refuses_what_is_not_approved(office: Office) -> None:
    forged = Permit(plan="0" * 64)
    with office.context.open_engine() as engine, pytest.raises(RefusedError, match="needs 2 approvals"):
        engine.start(office.decided, reason="a caller that asks nobody", say=lambda _line: None, permit=forged)

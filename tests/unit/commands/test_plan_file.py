"""What a plan file may hold: a plan, every byte as it was saved, and else it is said to hold none or a changed one."""

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from commands.plan_file import load_plan, read_plan, save_plan
from fleet.machines.steps import GrowDisk
from groundwork.change.codec import StepCodec, fingerprint
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan, Track, Unread
from groundwork.change.step import Attempt, Json, Step
from groundwork.errors import ConfigurationError, OpsError, RefusedError, UsageError
from tests.builders.toy_steps import Erase, Write, plan, track, wave

SEEN = {"a": "a" * 64, "b": "b" * 64}


class Memory:
    """A performer that knows what `SEEN` says of its targets, and performs nothing."""

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        raise AssertionError((step, attempt))

    def read_basis(self, target: str) -> str:
        return SEEN[target.rpartition("/")[2]]


TOY = Operation(name="toy", steps=Write | Erase, performer=lambda _site: nullcontext(Memory()))
CODEC = TOY.codec
PLAN = plan(wave("first", track("a", always=("c",))))


def test_a_plan_is_read_as_it_was_saved_with_an_id_of_its_own(tmp_path: Path) -> None:
    saved = save_plan(tmp_path / "plan.json", CODEC, PLAN)
    assert replace(saved, id="") == PLAN
    assert read_plan(tmp_path / "plan.json", TOY, now=PLAN) == saved
    assert save_plan(tmp_path / "plan.json", CODEC, PLAN).id != saved.id


def test_a_plan_changed_in_any_byte_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(path, CODEC, PLAN)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for changed in (
            whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            whole[:at] + whole[at + 1 :],
            whole[:at] + b" " + whole[at:],
        ):
            if changed != whole:
                path.write_bytes(changed)
                with pytest.raises(
                    OpsError, match=r"changed after it was saved|holds no plan|is a plan|knows no step|cannot"
                ):
                    read_plan(path, TOY, now=PLAN)


def test_a_plan_with_what_is_no_part_of_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(path, CODEC, PLAN)
    path.write_bytes(path.read_bytes().replace(b'{\n  "hash"', b'{\n  "title": "harmless",\n  "hash"', 1))
    with pytest.raises(RefusedError, match="was changed after it was saved"):
        load_plan(path, lambda _operation: CODEC)


def test_a_plan_that_another_version_saved_is_refused_as_that(tmp_path: Path) -> None:
    codec = StepCodec(GrowDisk)
    grow = GrowDisk(site="central", name="web-01", was_disk_gib=20, disk_gib=40)
    path = tmp_path / "plan.json"
    save_plan(path, codec, plan(wave("first", Track(name="web-01", steps=(grow,)))))
    older = {"plan": json.loads(path.read_text().replace("machine.grow-disk", "machine.grow_disk"))["plan"]}
    older = {"hash": fingerprint(older["plan"]), **older}
    path.write_text(json.dumps(older, indent=2) + "\n")
    with pytest.raises(RefusedError, match="was saved by another version of cityops"):
        load_plan(path, lambda _operation: codec)
    path.write_text(path.read_text().replace('"disk_gib": 40', '"disk_gib": 41'))
    with pytest.raises(RefusedError, match="was changed after it was saved"):
        load_plan(path, lambda _operation: codec)


def test_a_plan_of_another_operation_city_or_base_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(path, CODEC, PLAN)
    with pytest.raises(RefusedError, match="is a plan of 'toy'"):
        read_plan(path, TOY, now=replace(PLAN, operation="drill.run"))
    with pytest.raises(RefusedError, match="is a plan for testville"):
        read_plan(path, TOY, now=replace(PLAN, city="elsewhere"))
    with pytest.raises(RefusedError, match="was based on has moved"):
        read_plan(path, TOY, now=replace(PLAN, basis="1" * 64))


def own(name: str, *, basis: str = "") -> Track:
    return replace(track(name), basis=basis or SEEN[name])


BOTH = plan(wave("first", own("a"), own("b")))


def read(folder: Path, *, now: Plan) -> Plan:
    path = folder / "plan.json"
    save_plan(path, CODEC, BOTH)
    return read_plan(path, TOY, now=replace(now, basis="1" * 64))


def test_a_target_that_moved_is_said_and_does_not_refuse_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = plan(wave("first", own("a"), own("b", basis="c" * 64)))
    assert replace(read(tmp_path, now=moved), id="") == BOTH
    assert "here: b has moved since the plan was saved: it will be left alone" in capsys.readouterr().err


def test_a_target_that_has_nothing_to_do_any_more_has_moved_when_it_is_another_and_else_the_estate_has_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only_a = plan(wave("first", own("a")))
    with pytest.raises(RefusedError, match="is not what would be planned now, although these did not move: here: b"):
        read(tmp_path, now=only_a)
    monkeypatch.setitem(SEEN, "b", "d" * 64)
    path = tmp_path / "plan.json"
    read_plan(path, TOY, now=replace(only_a, basis="1" * 64))
    assert "here: b has moved" in capsys.readouterr().err


def test_other_steps_for_a_target_that_did_not_move_refuse_the_plan(tmp_path: Path) -> None:
    otherwise = plan(wave("first", own("a"), replace(track("b", "c"), basis=SEEN["b"])))
    with pytest.raises(RefusedError, match="although these did not move: here: b"):
        read(tmp_path, now=otherwise)


def test_what_cannot_be_seen_now_is_left_to_the_run(tmp_path: Path) -> None:
    hidden = Unread(source="here", message="no answer", hint="look", exit_code=5)
    assert replace(read(tmp_path, now=replace(plan(), unread=(hidden,))), id="") == BOTH


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"plan": ' * 50_000,
        b"",
        b"[]",
        b"5",
        b"null",
        b'"plan"',
        b'{"plan": {}}',
        b'{"plan": []}',
        b'{"plan": {"operation": ["toy"]}}',
        b"\xff",
    ],
    ids=[
        "deep list",
        "deep mapping",
        "nothing",
        "list",
        "number",
        "null",
        "text",
        "empty",
        "wrong",
        "kind",
        "not UTF-8",
    ],
)
def test_what_is_no_plan_is_reported_as_that(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no plan"):
        read_plan(tmp_path / "plan.json", TOY, now=PLAN)


def test_a_file_that_cannot_be_read_is_reported_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_plan(tmp_path / "missing.json", TOY, now=PLAN)


def test_a_plan_is_not_saved_over_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="is a symbolic link"):
        save_plan(tmp_path / "link", CODEC, PLAN)

"""What a plan file may hold: a plan, every byte as it was saved, and else it is said to hold none or a changed one."""

from dataclasses import replace
from pathlib import Path

import pytest

from commands.plan_file import load_plan, read_plan, save_plan
from groundwork.change.codec import StepCodec
from groundwork.errors import ConfigurationError, OpsError, RefusedError, UsageError
from tests.builders.toy_steps import Erase, Write, plan, track, wave

CODEC = StepCodec([Write, Erase])
PLAN = plan(wave("first", track("a", always=("c",))))


def test_a_plan_is_read_as_it_was_saved_with_an_id_of_its_own(tmp_path: Path) -> None:
    saved = save_plan(tmp_path / "plan.json", CODEC, PLAN)
    assert replace(saved, id="") == PLAN
    assert read_plan(tmp_path / "plan.json", CODEC, now=PLAN) == saved
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
                    read_plan(path, CODEC, now=PLAN)


def test_a_plan_with_what_is_no_part_of_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(path, CODEC, PLAN)
    path.write_bytes(path.read_bytes().replace(b'{\n  "hash"', b'{\n  "title": "harmless",\n  "hash"', 1))
    with pytest.raises(RefusedError, match="was changed after it was saved"):
        load_plan(path, lambda _operation: CODEC)


def test_a_plan_of_another_operation_city_or_base_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(path, CODEC, PLAN)
    with pytest.raises(RefusedError, match="is a plan of 'toy'"):
        read_plan(path, CODEC, now=replace(PLAN, operation="drill.run"))
    with pytest.raises(RefusedError, match="is a plan for testville"):
        read_plan(path, CODEC, now=replace(PLAN, city="elsewhere"))
    with pytest.raises(RefusedError, match="was based on has moved"):
        read_plan(path, CODEC, now=replace(PLAN, basis="1" * 64))


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
def test_what_is_no_plan_is_told_as_that(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no plan"):
        read_plan(tmp_path / "plan.json", CODEC, now=PLAN)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_plan(tmp_path / "missing.json", CODEC, now=PLAN)


def test_a_plan_is_not_saved_over_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="is a symbolic link"):
        save_plan(tmp_path / "link", CODEC, PLAN)

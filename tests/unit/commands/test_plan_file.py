"""What a plan file may hold: a plan, and else it is said to hold none."""

from pathlib import Path

import pytest

from commands.plan_file import read_plan, save_plan
from groundwork.change.codec import StepCodec
from groundwork.errors import ConfigurationError, UsageError
from tests.builders.toy_steps import plan

CODEC = StepCodec([])


def test_a_plan_is_read_as_it_was_saved(tmp_path: Path) -> None:
    save_plan(tmp_path / "plan.json", CODEC, plan())
    assert read_plan(tmp_path / "plan.json", CODEC, now=plan()) == plan()


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
        b"\xff",
    ],
    ids=["deep list", "deep mapping", "nothing", "list", "number", "null", "text", "empty", "wrong", "not UTF-8"],
)
def test_what_is_no_plan_is_told_as_that(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no plan"):
        read_plan(tmp_path / "plan.json", CODEC, now=plan())


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_plan(tmp_path / "missing.json", CODEC, now=plan())


def test_a_plan_is_not_saved_over_what_is_no_regular_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="is a symbolic link"):
        save_plan(tmp_path / "link", CODEC, plan())

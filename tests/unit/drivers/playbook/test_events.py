"""What is read out of ansible-runner's events."""

from typing import Any

import pytest

from groundwork.drivers.playbook.events import read_event, starts_play


def event(kind: str, result: dict[str, Any], *, stdout: str = "", **data: object) -> dict[str, Any]:
    about = {"host": "web-01", "role": "baseline", "task": "baseline : Write a file", "res": result, **data}
    return {"event": kind, "stdout": stdout, "event_data": about}


def test_a_changed_task_tells_its_diff_without_the_names_of_passing_files() -> None:
    diff = {"before": "a\nb\n", "after": "a\nc\n", "before_header": "/etc/file", "after_header": "/run/x1/file.j2"}

    assert read_event(event("runner_on_ok", {"changed": True, "diff": [diff]})) == {
        "message": "changed",
        "host": "web-01",
        "role": "baseline",
        "task": "Write a file",
        "diff": "--- /etc/file\n+++ after\n@@ -1,2 +1,2 @@\n a\n-b\n+c",
    }


def test_a_loop_tells_the_diffs_of_the_items_that_changed() -> None:
    items = [
        {"changed": True, "diff": {"before": "", "after": "one\n"}},
        {"changed": False, "diff": {"before": "", "after": "two\n"}},
    ]

    message = read_event(event("runner_on_ok", {"changed": True, "results": items}))

    assert message is not None
    assert "+one" in message["diff"]
    assert "two" not in message["diff"]


def test_a_secret_task_is_reported_as_changed_with_nothing_of_what_it_changed() -> None:
    result = {"censored": "hidden"}

    changed = read_event(event("runner_on_ok", result, stdout="changed: [web-01]"))
    item = read_event(event("runner_item_on_ok", result, stdout="changed: [web-01] => (item=None)"))

    assert changed == item
    assert changed is not None
    assert changed["diff"] == "(hidden: a secret passes here)"
    assert read_event(event("runner_on_ok", result, stdout="ok: [web-01]")) is None


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"msg": "no such package"}, "no such package"),
        ({"msg": "One or more items failed", "results": [{"failed": True, "msg": "the second"}]}, "the second"),
        ({"censored": "hidden"}, "(hidden: a secret passes here)"),
        ({}, "it failed without a word"),
    ],
)
def test_a_failure_is_reported_in_the_words_of_what_failed(result: dict[str, Any], why: str) -> None:
    message = read_event(event("runner_on_failed", result))

    assert message is not None
    assert (message["message"], message["why"]) == ("failed", why)


def test_what_changes_nothing_or_is_ignored_is_not_reported() -> None:
    assert read_event(event("runner_on_ok", {"changed": False})) is None
    assert read_event(event("runner_on_failed", {"msg": "no"}, ignore_errors=True)) is None
    assert read_event(event("runner_on_skipped", {"skipped": True})) is None


def test_hosts_that_were_seen_are_each_once_and_one_that_was_not_reached_has_its_reason() -> None:
    stats = {
        "event": "playbook_on_stats",
        "event_data": {"ok": {"b": 1, "a": 2}, "dark": {"c": 1}, "changed": {"a": 1}},
    }
    assert read_event(stats) == {"message": "seen", "hosts": ["a", "b", "c"]}
    unreached = read_event(event("runner_on_unreachable", {"msg": "Failed to connect", "stderr": "timed out"}))
    assert unreached is not None
    assert (unreached["message"], unreached["why"]) == ("unreachable", "Failed to connect: timed out")


def test_a_play_is_known_by_its_name_at_its_start() -> None:
    start = {"event": "playbook_on_play_start", "event_data": {"name": "baseline"}}
    assert starts_play(start, "baseline")
    assert not starts_play(start, "repository")
    assert not starts_play({"event": "playbook_on_stats"}, "baseline")


def test_a_diff_of_a_module_s_own_and_of_values_is_shown_in_lines_and_what_is_alike_is_not() -> None:
    diff = [
        {"prepared": "  installed nftables  "},
        {"before": {"mode": "0644"}, "after": {"mode": "0600"}},
        {"before": "same", "after": "same"},
        "no diff of ours",
    ]
    message = read_event(event("runner_on_ok", {"changed": True, "diff": diff}))
    assert message is not None
    assert message["diff"].splitlines() == [
        "installed nftables",
        "--- before",
        "+++ after",
        "@@ -1,3 +1,3 @@",
        " {",
        '- "mode": "0644"',
        '+ "mode": "0600"',
        " }",
    ]
    hidden = read_event(event("runner_on_ok", {"changed": True, "results": [{"changed": True, "censored": "hidden"}]}))
    assert hidden is not None
    assert hidden["diff"] == "(hidden: a secret passes here)"

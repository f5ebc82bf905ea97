"""What the end of the program on the repository host means."""

from pathlib import Path

import pytest

from groundwork.drivers.transfer.remote_pull import PullHost, RemotePull
from groundwork.errors import ConfigurationError, OpsError, OutsideError, UnreachableError
from groundwork.shell.command import LocalCommands
from groundwork.shell.ssh import ssh_argv

REPORT = (
    '{"sender": "https://10.10.0.20:8001/", "files": 3, "size_bytes": 9, "proven": 3, "refused": ["data/ab/ab"], '
    '"foreign": [], "missing": [], "incomplete": ["cd"], "left": 0}'
)


def _pull(script: str, *, longest_seconds: float = 20.0) -> RemotePull:
    """A host on which the pull is this shell script."""
    host = PullHost(ssh=("sh", "-c"), program=("sh", "-c", script, "repository-host"))
    return RemotePull({"yangming": host}, commands=LocalCommands(), longest_seconds=longest_seconds)


@pytest.mark.parametrize(
    ("script", "kind", "message"),
    [
        ("echo 'ssh: no route' >&2; exit 255", UnreachableError, "cannot be reached by SSH: ssh: no route"),
        ("echo 'no CITYOPS_SENDER_URL' >&2; exit 4", ConfigurationError, "not set up to pull from central"),
        ("exit 127", ConfigurationError, "not set up to pull from central: exit code 127"),
        ("echo 'cannot list index/' >&2; exit 5", OutsideError, "failed: cannot list index/"),
        (
            "echo '3 files do not fit' >&2; exit 8",
            OutsideError,
            "the disk of yangming's repository host is full (3 files",
        ),
        ("echo hello", OutsideError, "printed no report"),
        ("true", OutsideError, "printed no report"),
        ("echo '{}'", OutsideError, "printed no report"),
    ],
)
def test_each_end_of_the_program_has_its_meaning(script: str, kind: type[OpsError], message: str) -> None:
    with pytest.raises(kind) as caught:
        _pull(script).pull(sender="central", receiver="yangming")

    assert message in caught.value.message
    assert caught.value.hint


def test_the_last_line_is_the_report_whatever_was_printed_before() -> None:
    report = _pull(f"echo welcome; echo '{REPORT}'; exit 6").pull(sender="central", receiver="yangming")

    assert (report.sender, report.files, report.proven) == ("central", 3, 3)
    assert (report.refused, report.incomplete) == (("data/ab/ab",), ("cd",))


def test_the_programs_input_stays_open_until_its_end() -> None:
    listens = f"timeout 0.5 cat && exit 5; echo '{REPORT}'"

    assert _pull(listens).pull(sender="central", receiver="yangming").files == 3


def test_a_pull_that_never_ends_is_ended() -> None:
    with pytest.raises(OutsideError, match=r"did not end within 0\.3 s"):
        _pull("exec sleep 60", longest_seconds=0.3).pull(sender="central", receiver="yangming")


def test_ssh_asks_nothing_and_trusts_known_hosts_only() -> None:
    argv = ssh_argv("10.20.0.20", user="root", key_file=Path("the key"), known_hosts_file=Path("the hosts"))

    assert argv[-2:] == ["--", "10.20.0.20"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", 'UserKnownHostsFile="the hosts"'} <= set(argv)
    assert argv[argv.index("-i") + 1] == "the key"

"""The lab as it stands: its hosts, vCenters, guests and networks."""

import errno
import os
import socket
import ssl

import pytest

from commands.checkout import ROOT
from groundwork.drivers.site_loss.protocol import Loss
from groundwork.errors import RefusedError
from groundwork.run.file_locks import FileLocks
from groundwork.run.locks import Holder
from groundwork.run.naming import lock_of_run
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.store.location import LedgerLocation
from lab.site_loss import LabSiteLoss
from lab.teardown import find_remains
from tests.builders.standing_lab import StandingLab

NOWHERE = "198.51.100.1"  # of a range for documentation: nobody's
RECORD = '"record": "shiminpass-db-01-record"'


def page(lab: StandingLab, machine: str, path: str = "/") -> str:
    """What a web guest answers, seen from the control namespace."""

    def fetch() -> str:
        with socket.create_connection((lab.parts.estate.machines[machine].address, 80), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    return lab.inside(fetch)


def reaches(lab: StandingLab, address: str, port: int) -> int:
    """The error number of a connection from the control namespace; 0 when it opens."""

    def connect() -> int:
        with socket.socket() as attempt:
            attempt.settimeout(2)
            return attempt.connect_ex((address, port))

    return lab.inside(connect)


def test_a_second_lab_up_has_nothing_to_do_and_says_so(lab: StandingLab) -> None:
    name = lab.parts.folders.lab
    done = lab.inv("lab.up", "--name", name)
    assert (done.exit_code, done.stdout) == (0, f"the lab {name} is up; there was nothing to do\n")


def test_a_lab_with_a_run_at_work_is_not_taken_down(lab: StandingLab) -> None:
    folders = lab.parts.folders
    holder = Holder(run="20261126-010000-toy-0a1b", reason="a test", since="2026-11-26T01:00:00+00:00", pid=os.getpid())
    locks = FileLocks(LedgerLocation(state=folders.state).locks, holder, SystemClock())
    locks.take_alone(lock_of_run(holder.run))
    try:
        refused = lab.inv("lab.down", "--name", folders.lab)
    finally:
        locks.release()
    assert refused.exit_code == 3
    assert f"run at work: {holder.run} since {holder.since} (reason: a test)" in refused.stderr
    assert "--interrupt" in refused.stderr
    assert folders.state.is_dir()


def test_the_status_tells_every_part_and_what_was_planted(lab: StandingLab) -> None:
    seen = lab.done("lab.status", "--name", lab.parts.folders.lab, "--json")
    states = {part["name"]: part["state"] for part in seen["parts"] if part["sort"] in {"host", "vcenter"}}
    assert set(states.values()) == {"answers"}
    assert len(states) == len(lab.parts.hosts) + len(lab.parts.vcenters)
    assert {one["sort"] for one in seen["planted"]} == {"missing", "mis_sized", "powered_off", "misplaced"}


def test_a_service_host_is_a_real_debian_with_systemd(lab: StandingLab) -> None:
    for name in lab.parts.hosts:
        seen = lab.on_host(name, "hostname; systemctl is-system-running; cat /etc/debian_version")
        hostname, state, version = seen.stdout.split()
        assert (hostname, state, version.split(".")[0]) == (name, "running", "13")


def test_a_service_host_believes_the_lab_s_authority_and_has_a_certificate_of_its_own(lab: StandingLab) -> None:
    bundle, own = "/etc/ssl/certs/ca-certificates.crt", "/etc/cityops/tls/host.pem"
    seen = lab.on_host("repo-nchc", f"openssl verify -CAfile {bundle} {own}; stat -c %a /etc/cityops/tls/host.key")
    assert seen.stdout.split() == [f"{own}:", "OK", "600"]


def test_a_vcenter_shows_a_certificate_for_its_address(lab: StandingLab) -> None:
    authority = str(lab.parts.folders.secrets / "ca.pem")

    def issuer() -> str:
        trust = ssl.create_default_context(cafile=authority)
        plain = socket.create_connection(("10.10.0.10", 443), timeout=10)
        with trust.wrap_socket(plain, server_hostname="10.10.0.10") as tls:
            return str(tls.version())

    assert lab.inside(issuer).startswith("TLSv1")


def test_a_web_guest_s_page_shows_what_its_database_guest_says_now(lab: StandingLab) -> None:
    assert RECORD in page(lab, "shiminpass-web-01")


def test_without_its_database_a_web_guest_s_page_is_an_error(lab: StandingLab) -> None:
    lab.on_guest("shiminpass-db-01", "killall -STOP nc")
    try:
        assert "502" in page(lab, "shiminpass-web-01").splitlines()[0]
    finally:
        lab.on_guest("shiminpass-db-01", "killall -CONT nc")


def test_a_guest_s_canary_grows_and_is_of_now(lab: StandingLab) -> None:
    first = page(lab, "opendata-web-01", "/canary").split()[-2:]
    SystemClock().sleep(7.5)
    second = page(lab, "opendata-web-01", "/canary").split()[-2:]
    assert int(second[1]) > int(first[1])
    assert abs(int(second[0]) - SystemClock().now().timestamp()) < 10


def test_a_guest_keeps_its_identity_on_its_disk(lab: StandingLab) -> None:
    seen = lab.on_guest("opendata-db-01", "hostname; grep -c . /etc/cityops/identity; ls /etc/dropbear/*key")
    assert seen.stdout.split() == ["opendata-db-01", "4", "/etc/dropbear/dropbear_ed25519_host_key"]


def test_no_packet_for_nowhere_leaves_the_lab(lab: StandingLab) -> None:
    assert reaches(lab, NOWHERE, 443) == errno.ENETUNREACH
    assert lab.run_in(lab.parts.layout.control, "ip", "route", "show", "default").stdout == ""
    for site in lab.parts.layout.sites.values():
        assert lab.run_in(site.namespace, "ip", "route", "show", "default").stdout == ""
    attempt = "import socket; socket.create_connection(('198.51.100.1', 443), timeout=3)"
    seen = lab.on_host("repo-central", f'python3 -c "{attempt}"', check=False)
    assert "unreachable" in seen.stderr.lower()


def test_a_site_that_is_cut_off_stands_still_until_it_is_healed(lab: StandingLab) -> None:
    loss = LabSiteLoss(lab.parts.layout, commands=LocalCommands(), clock=SystemClock())
    loss.lose("yangming", by="run-1")
    try:
        assert loss.losses() == {"yangming": Loss(by="run-1")}
        loss.lose("yangming", by="run-1")
        with pytest.raises(RefusedError, match="yangming is lost already, by run-1"):
            loss.lose("yangming", by="run-2")
        loss.heal("yangming", by="run-2")
        assert loss.losses() == {"yangming": Loss(by="run-1")}
        assert reaches(lab, "10.20.0.10", 443) != 0
        assert reaches(lab, "10.30.0.10", 443) == 0
        inner = lab.run_in(lab.parts.layout.sites["yangming"].namespace, "ip", "-br", "link", "show", "wan0")
        assert "DOWN" in inner.stdout
    finally:
        loss.heal("yangming", by="run-1")
    loss.heal("yangming", by=None)
    assert loss.losses() == {}
    assert lab.on_host("monitoring-01", "ip route get 10.30.0.20 >/dev/null; echo back").stdout == "back\n"
    assert RECORD.replace("shiminpass", "opendata") in page(lab, "opendata-web-01")


@pytest.mark.parametrize("target", ["repo-central", "opendata-db-01", "control"])
def test_a_person_can_enter(lab: StandingLab, target: str) -> None:
    argv = ["sh", "-c", f"echo echo inside | ./inv lab.enter {target} --name {lab.parts.folders.lab}"]
    done = LocalCommands().run(["env", "-C", str(ROOT), *argv], timeout_seconds=60)
    assert done.stdout.endswith("inside\n")


def test_a_standing_lab_is_found_by_what_there_is_of_it(lab: StandingLab) -> None:
    words = " ".join(find_remains(lab.parts.folders, LocalCommands()))
    assert "namespace" in words
    assert "process" in words
    assert "folder" in words

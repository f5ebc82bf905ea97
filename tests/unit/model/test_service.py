"""What a service that says nothing of a port or a date means."""

from datetime import timedelta

from groundwork.model.service import Probe, SshLogin


def test_ssh_is_where_it_always_is_and_a_certificate_may_end_whenever_it_does() -> None:
    assert SshLogin().port == 22
    probe = Probe(machine="web-01", kind="https")
    assert (probe.port, probe.expires_within) == (0, timedelta(0)), "what an estate does not say of a probe"

"""What restic's last words mean to an operator."""

import pytest

from groundwork.drivers.repository.failures import repository_failure
from groundwork.drivers.repository.restic import ResticLocation
from groundwork.errors import ConfigurationError, OpsError, OutsideError, UnreachableError

# What a server on a full disk made restic say; of the first try only the beginning of the words tells.
RAN_FULL = (
    "Save(<data/ef85>) returned error, retrying after 552ms: server response unexpected: 500 Internal Server Error "
)
RAN_FULL += (
    20 * "Save(<data/ef85>) returned error, retrying after 873ms: server response unexpected: 403 Forbidden (403) "
)
RAN_FULL += "Fatal: unable to save snapshot: server response unexpected: 403 Forbidden (403)"
HOSTILE = "p@/:w %x\"'$(id)#?&\\`"


@pytest.mark.parametrize(
    ("reported", "kind", "fact"),
    [
        ("Fatal: wrong password or no key found", ConfigurationError, "key does not open it"),
        (
            "Fatal: unable to open config file: HTTP response (401)",
            ConfigurationError,
            "refuses the user name",
        ),
        (
            "Fatal: unable to open config file: stat r/config: no such file",
            OutsideError,
            "no repository yet",
        ),
        ("Fatal: unable to open config file: <config/> does not exist", OutsideError, "no repository yet"),
        ("Save(<data/1>) returned error: write: no space left on device", OutsideError, "disk is full"),
        ("x509: certificate signed by unknown authority", OutsideError, "certificate is not the city's"),
        ("dial tcp 10.10.0.20:8000: connect: connection refused", UnreachableError, "does not answer"),
        ("dial tcp 10.10.0.20:8000: connect: no route to host", UnreachableError, "does not answer"),
        ("unable to create lock in backend: repository is already locked exclusively", OutsideError, "holds it alone"),
        ("LoadBlob: ciphertext verification failed", OutsideError, "what it holds is damaged"),
        ("pack 9e401f50703a: ciphertext verification failed", OutsideError, "what it holds is damaged"),
        ("server response unexpected: 507 Insufficient Storage (507)", OutsideError, "disk is full"),
        (RAN_FULL, OutsideError, "its server cannot write: its disk is full"),
        ("panic: runtime error: slice bounds out of range [16:5]", OutsideError, "restic cannot read at all"),
        ("something never seen", OutsideError, "failed: something never seen"),
        ("", OutsideError, "restic said nothing"),
    ],
)
def test_each_failure_names_the_thing_the_fact_and_the_next_action(
    reported: str, kind: type[OpsError], fact: str
) -> None:
    error = repository_failure(reported, site="central", doing="storing web-01/disk-0.vmdk", secrets=())

    assert type(error) is kind
    assert error.message.startswith("central's repository: storing web-01/disk-0.vmdk")
    assert fact in error.message
    assert error.hint


def test_no_secret_is_in_a_message_in_any_form() -> None:
    location = ResticLocation(
        site="central", url="https://10.10.0.20:8000/", key="the key", username="u", password=HOSTILE
    )
    reported = f"Fatal: {location.environment()['RESTIC_REPOSITORY']} with {HOSTILE} and the key"

    error = repository_failure(reported, site="central", doing="listing", secrets=location.secrets())

    assert all(secret not in error.message + error.hint for secret in location.secrets())
    assert error.message.count("***") == 3


def test_a_place_shows_no_secret_and_puts_none_into_arguments() -> None:
    location = ResticLocation(
        site="central", url="https://10.10.0.20:8000/", key="the key", username="u", password=HOSTILE
    )

    assert all(secret not in repr(location) + " ".join(location.arguments()) for secret in location.secrets())


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://10.10.0.20:8000/", "rest:https://u:p%40%20x@10.10.0.20:8000/"),
        ("rest:https://10.10.0.20:8000", "rest:https://u:p%40%20x@10.10.0.20:8000/"),
        ("https://10.10.0.20:8000/city/", "rest:https://u:p%40%20x@10.10.0.20:8000/city/"),
        ("/srv/repository", "/srv/repository"),
    ],
)
def test_a_folder_is_taken_as_it_is_and_a_server_with_its_credentials(url: str, repository: str) -> None:
    location = ResticLocation(site="central", url=url, key="k", username="u", password="p@ x")  # noqa: S106 - a test's

    assert location.environment()["RESTIC_REPOSITORY"] == repository

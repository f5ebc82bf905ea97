"""What restic's last words mean, and what an operator does about them."""

import re

from groundwork.errors import ConfigurationError, OpsError, OutsideError, UnreachableError

NO_REPOSITORY = re.compile(
    r"config.*(does not exist|no such file|not found|404)|repository does not exist", re.IGNORECASE
)
_SHOWN = 400  # characters of restic's last words that a message carries

# A status of HTTP stands alone (\b): its digits are in every other pack's name too.
_MEANINGS: tuple[tuple[re.Pattern[str], type[OpsError], str, str], ...] = (
    (
        re.compile(r"no space left|\b507\b|quota exceeded|disk full", re.IGNORECASE),
        OutsideError,
        "its disk is full",
        "make room on the repository host, then run the command again",
    ),
    (  # a server that runs full answers 500 to the first try, and 403 to the next: what it wrote is there, and empty
        re.compile(r"Save\(.*\b(403|500)\b"),
        OutsideError,
        "its server cannot write: its disk is full, or fails",
        "make room on the repository host (`df /srv/repository` there), then run the command again",
    ),
    (
        re.compile(r"panic: runtime error"),
        OutsideError,
        "a file lies in it that restic cannot read at all",
        "`inv backup.clear-refused` finds it on the repository host and moves it aside",
    ),
    (
        re.compile(r"wrong password or no key", re.IGNORECASE),
        ConfigurationError,
        "the city's repository key does not open it",
        "compare the key in the settings with /etc/cityops/repository.key on the repository host",
    ),
    (
        re.compile(r"\b40[13]\b|unauthorized|forbidden", re.IGNORECASE),
        ConfigurationError,
        "the server refuses the user name or password",
        "compare the settings with the repository host's users (`inv hosts.plan`)",
    ),
    (
        re.compile(r"x509|certificate|tls:", re.IGNORECASE),
        OutsideError,
        "the server's certificate is not the city's",
        "is ca_file in the settings the authority that signed it? never go round this check",
    ),
    (
        re.compile(r"already locked", re.IGNORECASE),
        OutsideError,
        "another restic holds it alone",
        "wait for it to end; a lock whose holder is dead goes away by itself within half an hour",
    ),
    (
        re.compile(
            r"connection refused|no route to host|timeout|timed out|unreachable|no such host|EOF", re.IGNORECASE
        ),
        UnreachableError,
        "it does not answer",
        "look at the link to the repository host and at its service (`inv hosts.plan`), then run the command again",
    ),
    (
        NO_REPOSITORY,
        OutsideError,
        "there is no repository yet",
        "is its disk mounted? only `inv backup.prepare --live` makes one, once",
    ),
    (
        re.compile(r"no matching id|no snapshot|not found in snapshot", re.IGNORECASE),
        OutsideError,
        "it does not hold what was asked for",
        "look at `inv backup.list`",
    ),
    (
        re.compile(r"hash|ciphertext verification|decrypt|damaged|invalid data|illegal file size", re.IGNORECASE),
        OutsideError,
        "what it holds is damaged",
        "restore from another site's copy (`inv backup.list`) and have the disks of this repository host looked at",
    ),
)


def repository_failure(output: str, *, site: str, doing: str, secrets: tuple[str, ...]) -> OpsError:
    """The error for a restic that failed, from what it said; no secret is in it, in any form."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        output = output.replace(secret, "***")
    output = " ".join(output.split())
    shown = output[-_SHOWN:]
    for pattern, kind, fact, hint in _MEANINGS:
        if pattern.search(output):
            return kind(f"{site}'s repository: {doing}: {fact} ({shown})", hint=hint)
    return OutsideError(
        f"{site}'s repository: {doing} failed: {shown or 'restic said nothing'}", hint="see `restic` itself"
    )

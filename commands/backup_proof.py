"""Proof of what stands in a site's repository, and what is done about a file that is not what it says."""

from typing import TYPE_CHECKING

from invoke import Exit

from commands.command import CHANGE, READ, Asked, command
from commands.conduct import conduct
from commands.context import (
    answer,
    as_document,
    say,
)
from groundwork.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundwork.drivers.repository_host.protocol import Proof

_MOST_SHARES = 256  # as many as the first two digits of a file's name can be


@command(*READ, help={"site": "whose repository", "share": "a part of it, e.g. 2/7 (default: all of it)"})
def verify(asked: Asked, *, site: str = "", share: str = "1/1") -> None:
    """Re-read what stands in a site's repository and prove it, on its host; every night the host does a share itself.

    Each file's SHA-256 must be its name, and nothing may be missing. Ends with 6 when something is wrong.

    Example: inv backup.verify --site nchc
    Example: inv backup.verify --site nchc --share 2/7
    """
    if not site:
        raise UsageError("--site is needed", hint="say whose repository, e.g. --site nchc")
    _refuse_no_share(share)
    context = asked.context
    name = context.estate.site(site).name
    context.enter_network()
    say(f"{name}'s repository host reads and proves share {share}")
    proof = context.wired.repository_hosts.verify(name, share=share)
    answer(as_document(proof), lambda: _proof_table(proof), as_json=asked.json)
    if not proof.sound:
        raise Exit(code=VerificationError.exit_code)


@command(
    *CHANGE,
    name="clear-refused",
    help={
        "site": "the site whose repository bears the files",
        "only": "these files alone, by path or its beginning, with commas between",
    },
)
def clear_refused(asked: Asked, *, site: str = "", only: str = "") -> None:
    """Move files that are not what they say from a site's repository into quarantine on its host; nothing is deleted.

    Which they are, the pulls of the next sites and the host's own proofs found out; the host proves each again first.
    It is done as root on the repository host, so only an operator's SSH key can.

    Example: inv backup.clear-refused --site central
    Example: inv backup.clear-refused --site central --live --reason "ticket 1234"
    """
    from backup.proposal import ClearRefusedRequest
    from backup.quarantine.plan import CLEAR_REFUSED

    if not site:
        raise UsageError("--site is needed", hint="say whose repository bears the files, e.g. --site central")
    request = ClearRefusedRequest(site=site, only=tuple(word.strip() for word in only.split(",") if word.strip()))
    conduct(asked, CLEAR_REFUSED, request)


def _refuse_no_share(text: str) -> None:
    share, _, shares = text.partition("/")
    digits = share.isdecimal() and shares.isdecimal() and text.isascii()
    if not digits or not 1 <= int(share) <= int(shares) <= _MOST_SHARES:
        raise UsageError(f"--share {text} is no share", hint="say which part of how many (256 at most), e.g. 2/7")


def _proof_table(proof: "Proof") -> "RenderableType":
    """What was read; below each file that is wrong, whose name fills a line of its own, what is wrong with it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    oldest = f"the oldest proof is of {proof.oldest:%Y-%m-%d %H:%M:%S} UTC" if proof.oldest else "some part never was"
    title = (
        f"{proof.site}: {proof.files} files read ({proof.size_bytes / 2**20:.1f} MiB, share {proof.share}); {oldest}"
    )
    if proof.sound:
        return Text(f"{title}\nnothing is wrong, nothing is missing")
    found = [
        *proof.wrong.items(),
        *((path, "an index needs it, and it is not there") for path in proof.missing),
        *((f"snapshots/{name}", "it cannot be read whole: something of it is missing") for name in proof.incomplete),
    ]
    return Group(Text(title), *(part for path, why in found for part in (Text(path), Padding(Text(why), (0, 0, 0, 4)))))

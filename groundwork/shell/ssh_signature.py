"""Detached signatures by OpenSSH keys: made and verified by ssh-keygen, so that agents and hardware keys serve too."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.command import CommandRunner, Completed
from groundwork.shell.environment import caller_variables

_SECONDS = 60.0  # a hardware key waits for a touch
_LAST_WORDS = 300


class SshSignatures:
    """Signs and verifies in one namespace: what was signed for another purpose is no signature here."""

    def __init__(self, commands: CommandRunner, *, namespace: str) -> None:
        self._commands = commands
        self._namespace = namespace

    def sign(self, message: bytes, key_file: Path) -> str:
        """The armoured signature by a private key without a passphrase, or by the agent's key of a ``.pub`` file.

        Raises ConfigurationError when the key does not sign.
        """
        done = self._commands.run(
            ["ssh-keygen", "-Y", "sign", "-q", "-n", self._namespace, "-f", str(key_file)],
            timeout_seconds=_SECONDS,
            stdin=message,
            environment=caller_variables("SSH_AUTH_SOCK"),
            check=False,
        )
        if done.exit_code != 0 or not done.stdout.startswith("-----BEGIN SSH SIGNATURE-----"):
            said = " ".join((done.stderr or done.stdout).split())[-_LAST_WORDS:]
            raise ConfigurationError(
                f"{key_file} does not sign: {said}",
                hint="name a private key of yours; for one with a passphrase: `ssh-add KEY`, then name its .pub file",
            )
        return done.stdout

    def signer(self, message: bytes, signature: str, signers: Mapping[str, Iterable[str]]) -> str | None:
        """Whose signature of the message it is, by name; None when it is none of theirs.

        `signers` are the public keys (``KIND AAAA…``) by name. Raises OutsideError when ssh-keygen cannot be asked.
        """
        if not signature.startswith("-----BEGIN SSH SIGNATURE-----"):
            return None
        with self._files(signature, signers) as (signature_file, allowed):
            verify = ["ssh-keygen", "-Y", "verify", "-q", "-n", self._namespace, "-f", allowed, "-s", signature_file]
            found = self._ask(["ssh-keygen", "-Y", "find-principals", "-f", allowed, "-s", signature_file], b"")
            named = [name for name in found.stdout.split() if name in signers] if found.exit_code == 0 else []
            return next((name for name in named if self._ask([*verify, "-I", name], message).exit_code == 0), None)

    def is_of(self, message: bytes, signature: str) -> bool:
        """Whether it is a signature of the message by any key at all."""
        with self._files(signature, {}) as (file, _):
            return (
                self._ask(
                    ["ssh-keygen", "-Y", "check-novalidate", "-n", self._namespace, "-s", file], message
                ).exit_code
                == 0
            )

    def _ask(self, argv: list[str], message: bytes) -> Completed:
        return self._commands.run(argv, timeout_seconds=_SECONDS, stdin=message, check=False)

    @contextmanager
    def _files(self, signature: str, signers: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
        lines = [
            f'{name} namespaces="{self._namespace}" {key}\n' for name, keys in sorted(signers.items()) for key in keys
        ]
        try:
            with tempfile.TemporaryDirectory(prefix="cityops-signature-") as folder:
                signature_file, allowed = Path(folder) / "signature", Path(folder) / "allowed_signers"
                signature_file.write_text(signature, encoding="utf-8")
                allowed.write_text("".join(lines), encoding="utf-8")
                yield str(signature_file), str(allowed)
        except OSError as error:
            raise OutsideError(
                f"a signature cannot be verified: {error.strerror}", hint="see the disk that temporary files go to"
            ) from error

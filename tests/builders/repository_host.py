"""A repository host on this machine: its program, its folders, and a sender's real repository, served by rclone."""

import base64
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LeashedCommands, LocalCommands

FILES = Path(__file__).parents[2] / "playbooks" / "roles" / "repository" / "files"
PASSWORD = "p$(id)'\" %40 {{ x }}"  # noqa: S105 - the test's own: it would hurt a careless shell
KEY = "the city's key"


class Restic:
    """A repository of restic's own making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, content: bytes = b"", check: bool = True) -> Completed:
        """One restic command on it."""
        environment = {"RESTIC_PASSWORD": KEY, "RESTIC_REPOSITORY": str(self.folder)}
        argv = ["restic", "--no-cache", *arguments]
        return LocalCommands().run(argv, timeout_seconds=120, environment=environment, stdin=content, check=check)

    def store(self, content: bytes, name: str = "disk") -> set[str]:
        """Back the content up; the files that the repository gained."""
        before = self.files()
        self.run("backup", "--quiet", "--stdin", "--stdin-filename", name, "--host", "test", content=content)
        return self.files() - before

    def files(self) -> set[str]:
        """What it holds, locks left out."""
        found = (str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())
        return {path for path in found if not path.startswith("locks/")}

    def identity(self) -> str:
        """The id in its config."""
        return str(json.loads(self.run("cat", "config", "--no-lock").stdout)["id"])

    def snapshots(self) -> set[str]:
        """The ids of the snapshots that restic itself lists."""
        listed = json.loads(self.run("snapshots", "--json", "--no-lock").stdout) or []
        return {str(one["id"]) for one in listed}

    def put(self, kind: str, content: bytes, *, name: str | None = None) -> str:
        """Post a file as whoever has the writer's password can: under its SHA-256, or another name."""
        name = name or hashlib.sha256(content).hexdigest()
        path = f"{kind}/{name[:2]}/{name}" if kind == "data" else f"{kind}/{name}"
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return path

    def forge(self, kind: str, document: bytes) -> str:
        """Post a document sealed with the repository's own key, as whoever also has the city's key can."""
        key = json.loads(self.run("cat", "masterkey", "--no-lock").stdout)
        secrets = (key["encrypt"], key["mac"]["k"], key["mac"]["r"])
        encrypt, mac_k, mac_r = (base64.b64decode(secret) for secret in secrets)
        vector = os.urandom(16)
        text = Cipher(algorithms.AES(encrypt), modes.CTR(vector)).encryptor().update(document)
        block = Cipher(algorithms.AES(mac_k), modes.ECB()).encryptor().update(vector)  # noqa: S305 - as restic does
        return self.put(kind, vector + text + Poly1305.generate_tag(mac_r + block, text))


class Host:
    """A receiving host in a folder: its program is run as it stands in the checkout."""

    def __init__(self, folder: Path, *, url: str, identity: str) -> None:
        self.etc, self.root, self.state = folder / "etc", folder / "srv", folder / "state"
        self.copy = Restic(self.root / "repository")
        for made in (self.etc, self.copy.folder, self.root / "incoming", self.root / "quarantine", self.state):
            made.mkdir(parents=True)
        (self.state / "metrics").mkdir()
        (self.etc / "repository.key").write_text(f"{KEY}\n")
        (self.etc / "repository.identity").write_text(f"{identity}\n")
        self.send_from(url)

    def send_from(self, url: str) -> None:
        """Name the server to copy from."""
        lines = (f"CITYOPS_SENDER_URL={url}", "CITYOPS_SENDER_USER=replica", f"CITYOPS_SENDER_PASSWORD={PASSWORD}")
        (self.etc / "sender.env").write_text("\n".join(lines) + "\n")

    def argv(self, *words: str) -> list[str]:
        """The program, kept in this folder and run as whoever runs the tests."""
        options = ["--etc", str(self.etc), "--root", str(self.root), "--state", str(self.state), "--user", "root"]
        run = f"import sys; sys.path.insert(0, {str(FILES)!r}); from repository_host.__main__ import main"
        return [sys.executable, str(self._program(run)), *options, *words]

    def _program(self, run: str) -> Path:
        """A file that starts it: the program starts its own halves by the name it was started with."""
        file = self.state.parent / "repository-host"
        file.write_text(f"{run}\nif __name__ == '__main__':\n    sys.exit(main())\n")
        return file

    def run(self, *words: str) -> Completed:
        """Run it once to its end."""
        return LocalCommands().run(self.argv(*words), timeout_seconds=120, check=False)

    def report(self, *words: str, exit_code: int = 0) -> dict[str, Any]:
        """The report it prints; it must end with the code."""
        done = self.run(*words)
        assert done.exit_code == exit_code, (done.exit_code, done.stdout, done.stderr)
        reported: dict[str, Any] = json.loads(done.stdout)
        return reported


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's read-only server as the role sets it up, but without TLS; its URL."""
    log = folder.parent / f"{folder.name}.log"
    serve = ["rclone", "serve", "webdav", "--addr", "127.0.0.1:0", "--read-only", "--dir-cache-time", "1s"]
    options = ["--poll-interval", "0s", "--config", "/dev/null", "--log-file", str(log), str(folder)]
    environment = {"RCLONE_USER": "replica", "RCLONE_PASS": PASSWORD}
    with LeashedCommands().start([*serve, *options], environment=environment):
        clock = SystemClock()
        for _ in range(200):
            if log.exists() and (found := re.search(r"http://\S+", log.read_text())):
                yield found.group()
                return
            clock.sleep(0.05)
        raise AssertionError(f"rclone never served: {log.read_text() if log.exists() else 'no log'}")


def has_programs() -> bool:
    """True where restic and rclone are."""
    return shutil.which("rclone") is not None and shutil.which("restic") is not None

"""What a host's files, folders and links are: all that a role wants is compared and made by one program on the host.

Ansible's own modules start two to five programs for each file; with some ten files a host they were most of a play.
"""

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: host_files
short_description: Files, folders and links of a host, made in one go
description:
  - Writes what differs, in the order given; a file takes its place by a rename, whole and with its final mode.
  - Honours check mode and diff. Returns C(changed_paths), for handlers that care for one of them.
options:
  files:
    description: What there should be.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Where it lies; the folder above it is there already, or comes earlier in the list.
        type: path
        required: true
      state:
        description: What lies there.
        type: str
        choices: [file, directory, link, absent]
        default: file
      content:
        description: A file's text, or where a link leads to.
        type: str
        default: ""
      owner:
        description: Whose it is; a link has none.
        type: str
        default: root
      group:
        description: The group whose it is; a link has none.
        type: str
        default: root
      mode:
        description: Its mode in octal, as text; a link has none.
        type: str
        default: "0644"
      validate:
        description: A command line that must succeed on the new file, C(%s), before it takes its place.
        type: str
        default: ""
"""
EXAMPLES = """
- name: Have the message of the day
  host_files:
    files:
      - {path: /etc/motd.d, state: directory, mode: "0755"}
      - {path: /etc/motd.d/city, content: "Welcome\n"}
"""
RETURN = """
changed_paths:
  description: The paths of what was changed, or would be.
  type: list
  elements: str
  returned: always
"""

_SPEC = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["file", "directory", "link", "absent"], "default": "file"},
    "content": {"type": "str", "default": ""},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
    "validate": {"type": "str", "default": ""},
}

_Diff = dict[str, Any]


class Entry:
    """One thing that the host should have, beside what lies there."""

    def __init__(self, module: AnsibleModule, wanted: dict[str, str]) -> None:
        self._module = module
        self._wanted = wanted
        self._state = wanted["state"]
        self.path = Path(wanted["path"])

    def settle(self) -> list[_Diff]:
        """Make it what it should be, unless this is check mode; what differed."""
        differences = list(self._differences())
        if differences and not self._module.check_mode:
            {"file": self._write, "directory": self._open, "link": self._lead, "absent": self._remove}[self._state]()
        return differences

    def _differences(self) -> Iterator[_Diff]:
        was, text = self._seen()
        wanted = self._wanted["content"] if self._state in {"file", "link"} else ""
        if was != self._state and not wanted:
            yield self._difference({"state": was}, {"state": self._state})
        elif wanted != (text or "") or was != self._state:
            yield self._difference(text or "", wanted)
        if was == self._state and was in {"file", "directory"} and self._held() != self._meant():
            yield self._difference(self._held(), self._meant())

    def _seen(self) -> tuple[str, str | None]:
        """What lies there, and a file's text or a link's goal."""
        if self.path.is_symlink():
            return "link", str(self.path.readlink())
        if self.path.is_file():
            return "file", self.path.read_bytes().decode(errors="surrogateescape")
        return ("directory" if self.path.is_dir() else "absent"), None

    def _held(self) -> dict[str, str]:
        found = self.path.stat()
        return {"owner": str(found.st_uid), "group": str(found.st_gid), "mode": f"{stat.S_IMODE(found.st_mode):04o}"}

    def _meant(self) -> dict[str, str]:
        return {"owner": str(self._owner()), "group": str(self._group()), "mode": f"{self._mode():04o}"}

    def _difference(self, before: object, after: object) -> _Diff:
        return {"before_header": str(self.path), "before": before, "after_header": str(self.path), "after": after}

    def _write(self) -> None:
        self._clear({"file", "absent"})
        half_way = self._half_way()
        with open(os.open(half_way, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(self._wanted["content"].encode(errors="surrogateescape"))
            self._own(half_way)
            file.flush()
            os.fsync(file.fileno())
        self._validate(half_way)
        try:
            half_way.replace(self.path)
        except OSError as error:
            if error.errno != errno.EBUSY:  # a container's /etc/hosts may be mounted from outside
                raise
            self.path.write_bytes(half_way.read_bytes())
            self._own(self.path)
            half_way.unlink()

    def _half_way(self) -> Path:
        """A free name beside the path, which no program reads by its ending; what a killed play left there goes."""
        half_way = self.path.with_name(f".{self.path.name}.cityops-new")
        half_way.unlink(missing_ok=True)
        return half_way

    def _validate(self, half_way: Path) -> None:
        if not self._wanted["validate"]:
            return
        command = [word.replace("%s", str(half_way)) for word in self._wanted["validate"].split()]
        code, out, err = self._module.run_command(command)
        if code != 0:
            half_way.unlink()
            said = (err or out).strip().replace(str(half_way), str(self.path))
            self._module.fail_json(msg=f"{self.path} stays as it was, the new one is not valid: {said}")

    def _open(self) -> None:
        self._clear({"directory", "absent"})
        self.path.mkdir(mode=0o700, exist_ok=True)
        self._own(self.path)

    def _lead(self) -> None:
        self._clear({"link", "file", "absent"})
        half_way = self._half_way()
        half_way.symlink_to(self._wanted["content"])
        half_way.replace(self.path)

    def _remove(self) -> None:
        self._clear({"file", "link", "absent"})
        self.path.unlink(missing_ok=True)

    def _clear(self, allowed: set[str]) -> None:
        """Refuse to lose what is of another kind; a link in a file's or folder's place leads elsewhere and goes."""
        was, _ = self._seen()
        if was == "link" and "link" not in allowed:
            self.path.unlink()
        elif was not in allowed:
            self._module.fail_json(msg=f"{self.path} is a {was} and should be a {self._state}: see what it holds")

    def _own(self, path: Path) -> None:
        os.chown(path, self._owner(), self._group())
        path.chmod(self._mode())

    def _owner(self) -> int:
        with suppress(KeyError):
            return pwd.getpwnam(self._wanted["owner"]).pw_uid
        return self._nobody(f"no user {self._wanted['owner']}")

    def _group(self) -> int:
        with suppress(KeyError):
            return grp.getgrnam(self._wanted["group"]).gr_gid
        return self._nobody(f"no group {self._wanted['group']}")

    def _nobody(self, fact: str) -> int:
        if not self._module.check_mode:  # where it is, an earlier task would have made the account
            self._module.fail_json(msg=f"{self.path}: there is {fact} on this host")
        return -1

    def _mode(self) -> int:
        return int(self._wanted["mode"], 8)


def main() -> None:
    """Settle every entry in order; the first that fails ends it."""
    files = {"type": "list", "elements": "dict", "required": True, "options": _SPEC}
    module = AnsibleModule({"files": files}, supports_check_mode=True, no_log=True)  # the journal is no place for files
    differences: dict[str, list[_Diff]] = {}
    for wanted in module.params["files"]:
        entry = Entry(module, wanted)
        try:
            differences[str(entry.path)] = entry.settle()
        except OSError as error:
            module.fail_json(msg=f"{entry.path}: {error.strerror}")
    changed = [path for path, found in differences.items() if found]
    diff = [one for path in changed for one in differences[path]]
    module.exit_json(changed=bool(changed), changed_paths=changed, diff=diff, invocation={})


if __name__ == "__main__":
    main()

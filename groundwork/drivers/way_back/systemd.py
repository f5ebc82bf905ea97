"""A Debian host's way back: a transient timer of its systemd on its monotonic clock, with what came of it on disk."""

import re
from collections.abc import Sequence

from groundwork.change.confirm import Trial
from groundwork.errors import OutsideError, UnreachableError, UsageError
from groundwork.shell.command import CommandRunner

FOLDER = "/var/lib/cityops/ways-back"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
_ASK_SECONDS = 60.0
_SSH_FAILED = 255  # what ssh ends with when it cannot ask
_KEPT_DAYS = 90
_SHOWN = 300

_HEAD = """\
set -eu
umask 077
folder={folder}/{name} unit=cityops-back-{name}
state() {{ cat "$folder/state" 2>/dev/null || echo none; }}
note() {{ echo "$1" >"$folder/state.new"; mv "$folder/state.new" "$folder/state"; }}
locked() {{ [ ! -d "$folder" ] || {{ exec 9>"$folder/lock"; flock 9; }}; }}
"""
# A host that was started anew has lost its timer: what is armed and has none goes back when it is next asked.
_READ = """\
locked
found=$(state)
if systemctl -q is-active "$unit.timer"; then [ "$found" != none ] || found=armed
elif [ "$found" = armed ]; then found=lost
fi
echo "$found"
"""
_ARM = """\
[ "$(state)" = none ] || exit 0
find {folder} -mindepth 1 -maxdepth 1 -mtime +{days} -exec rm -rf {{}} + 2>/dev/null || true
mkdir -p "$folder/before"
BEFORE=$folder/before; export BEFORE
( {keep} ) </dev/null
cat >"$folder/back" <<'END-OF-WAY-BACK'
{head}locked
[ "$(state)" != confirmed ] || exit 3
BEFORE=$folder/before; export BEFORE
( {back} ) </dev/null
note went-back
END-OF-WAY-BACK
systemctl -q is-active "$unit.timer" || systemd-run -q --collect --unit="$unit" --on-active={seconds:.3f} \\
    --timer-property=AccuracySec=100ms /bin/sh "$folder/back"
note armed
"""
_CONFIRM = """\
locked
found=$(state)
if [ "$found" = armed ]; then
    systemctl -q is-active "$unit.timer" || { echo lost; exit 0; }
    note confirmed
    systemctl -q stop "$unit.timer"
    rm -rf "$folder/before" "$folder/back"
fi
state
"""
_BACK = """\
[ -e "$folder/back" ] || { state; exit 0; }
systemctl -q stop "$unit.timer" 2>/dev/null || true
/bin/sh "$folder/back" >&2 </dev/null
state
"""


class HostWayBack:
    """The way back of one change on a host.

    `shell` is what types a script into the host's shell, as root (SSH's arguments, say). `keep` and `back` are words of
    that shell: the one writes the before-image into the folder ``$BEFORE``, the other restores it from there and has
    it take effect; it may be run twice. Raises UsageError for a name that is no unit's.
    """

    def __init__(self, shell: Sequence[str], *, name: str, keep: str, back: str, commands: CommandRunner) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot name a change on trial", hint="take name_trial of the run and the step")
        self._shell = list(shell)
        self._name = name
        self._keep = keep
        self._back = back
        self._commands = commands

    def read(self) -> Trial:
        """What became of the change; a host that lost its timer by a restart goes back now."""
        return self._settled(self._ask(_READ))

    def arm(self, *, seconds: float) -> None:
        """Keep the before-image and start the timer."""
        words = _ARM.format(
            folder=FOLDER, days=_KEPT_DAYS, keep=self._keep, back=self._back, head=self._head, seconds=seconds
        )
        self._ask(words)

    def confirm(self) -> Trial:
        """Stop the timer for good, unless it has ended or was lost."""
        found = self._settled(self._ask(_CONFIRM))
        if found is Trial.NONE:
            raise OutsideError(f"the host knows of no change {self._name} on trial", hint="plan again")
        return found

    def go_back(self) -> None:
        """Go back now."""
        self._ask(_BACK)

    @property
    def _head(self) -> str:
        return _HEAD.format(folder=FOLDER, name=self._name)

    def _settled(self, answer: str) -> Trial:
        if answer == "lost":
            self.go_back()
            return Trial.WENT_BACK
        try:
            return Trial(answer)
        except ValueError:
            raise OutsideError(
                f"the host says {answer[:_SHOWN]!r} of the change {self._name}", hint=f"see {FOLDER} on the host"
            ) from None

    def _ask(self, words: str) -> str:
        done = self._commands.run(
            [*self._shell, "sh -s"],
            stdin=(self._head + words).encode(),
            timeout_seconds=_ASK_SECONDS,
            check=False,
        )
        if done.exit_code == 0:
            return done.stdout.strip()
        said = " ".join(done.stderr.split())[-_SHOWN:]
        if done.exit_code == _SSH_FAILED:
            raise UnreachableError(f"the host does not answer: {said}", hint="see that it is up and can be reached")
        raise OutsideError(
            f"the way back of {self._name} failed on the host ({done.exit_code}): {said}",
            hint=f"see {FOLDER}/{self._name} there; `systemctl list-timers` shows what is armed",
        )

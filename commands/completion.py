"""Completion in a shell: the script that a shell reads once, and the words that it is offered at each Tab."""

import shlex
from collections.abc import Sequence
from typing import Any

from commands.checkout import ROOT
from groundwork.errors import UsageError

_FRONT_OPTIONS = ("--help", "--list", "--version")
# Each calls the launcher that was typed; where that is none (an alias, a function), the one that printed the script.
_SCRIPTS = {
    "bash": """\
_complete_inv() {
    local launcher="${1/#\\~/$HOME}"
    [ -x "$launcher" ] || launcher=LAUNCHER
    COMPREPLY=( $(compgen -W "$("$launcher" --complete -- "${COMP_WORDS[@]}" 2>/dev/null)" -- "$2") )
}
complete -o default -F _complete_inv inv
""",
    "zsh": """\
_complete_inv() {
    local launcher=${~words[1]}
    [ -x "$launcher" ] || launcher=LAUNCHER
    compadd -- ${(f)"$("$launcher" --complete -- "${(@)words[1,CURRENT]}" 2>/dev/null)"} || _files
}
compdef _complete_inv inv
""",
    "fish": """\
function __complete_inv
    set -l words (commandline --tokenize --cut-at-cursor) (commandline --current-token)
    set -l launcher (string replace --regex '^~' $HOME $words[1])
    test -x "$launcher"; or set launcher LAUNCHER
    $launcher --complete -- $words 2>/dev/null
end
complete --command inv --arguments '(__complete_inv)'
""",
}


def script_for(shell: str) -> str:
    """The script for a shell. Raises UsageError for a shell we know none for."""
    if shell not in _SCRIPTS:
        raise UsageError(f"no completion for the shell {shell!r}", hint=f"the shells: {', '.join(_SCRIPTS)}")
    return _SCRIPTS[shell].replace("LAUNCHER", shlex.quote(str(ROOT / "inv")))


def candidates(typed: Sequence[str], contexts: dict[str, Any]) -> list[str]:
    """What the last of the typed words, the launcher's name before them, may become; nothing where a file may."""
    before, current = list(typed[:-1]), typed[-1] if typed else ""
    command = next((contexts[word] for word in before if word in contexts), None)
    if command is None:
        offered = _FRONT_OPTIONS if current.startswith("-") else tuple(sorted(contexts))
    elif current.startswith("-"):
        offered = tuple(sorted([*command.flag_names(), "--help"]))
    else:
        offered = ()
    return [word for word in offered if word.startswith(current)]

"""Who works at this machine: the login, which su and sudo leave as it is, and the machine's name."""

import os
import pwd
import socket


def login() -> str:
    """`name@machine`, for the record of who did something; without a login (a timer, a pipeline) the process's user."""
    try:
        name = os.getlogin()
    except OSError:
        name = pwd.getpwuid(os.geteuid()).pw_name
    return f"{name}@{socket.gethostname()}"

"""Stands for a program that a warm server forks: passes on its words, streams and environment, and ends as it does.

``python -I -S warm_launcher.py SOCKET WORDS…``
"""

import json
import os
import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    environment, folder = dict(os.environ), os.getcwd()  # noqa: TID251, PTH109 - it imports next to nothing
    asked = {"words": sys.argv[2:], "environment": environment, "folder": folder}
    request = json.dumps(asked).encode() + b"\n"
    server.sendall(request[socket.send_fds(server, [request], [0, 1, 2]) :])
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    status = int(server.recv(64) or b"1")
if os.WIFSIGNALED(status):
    if os.WTERMSIG(status) != signal.SIGKILL:
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.waitstatus_to_exitcode(status))

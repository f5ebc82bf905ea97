#!/bin/sh
# Prints each unit that runs with something older than its files: a daemon has read what was there when it started.
# Arguments: UNIT FILE..., with "--" between two units. A unit that does not run is left to the task that starts it.
while [ $# -gt 0 ]; do
    unit=$1
    shift
    started=$(systemctl show --property ActiveEnterTimestamp --timestamp=unix --value "$unit")
    older=
    while [ $# -gt 0 ] && [ "$1" != "--" ]; do
        written=$(stat --format %Y "$1" 2>/dev/null)
        [ -z "$started" ] || [ "${written:-0}" -le "${started#@}" ] || older=$unit
        shift
    done
    [ -z "$older" ] || echo "$older"
    [ $# -eq 0 ] || shift
done

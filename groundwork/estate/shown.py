"""How a message shows a value that was written."""

_LONGEST = 60


def shown(value: object) -> str:
    """Text in quotes and cut at 60 characters, ``true``, ``empty``, ``a list``, ``a mapping``, a number as it is."""
    if isinstance(value, str):
        return f'"{value[:_LONGEST]}{"…" if len(value) > _LONGEST else ""}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "empty"}[value]
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value)

"""A secret: a value that will not print, read from its place when it is first needed."""

from collections.abc import Callable

_revealed: set[str] = set()


def known_secrets() -> tuple[str, ...]:
    """Every secret value this process has revealed so far: what must be taken out of whatever is recorded or said."""
    return tuple(_revealed)


class Secret:
    """A value that never prints; `reveal` gives it, reading it the first time."""

    __slots__ = ("_read", "_value")

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._value: str | None = None

    @classmethod
    def of(cls, value: str) -> "Secret":
        """A secret whose value is at hand, e.g. one that a host handed over; it counts as known from now on."""
        secret = cls(lambda: value)
        secret.reveal()
        return secret

    def reveal(self) -> str:
        """The value. Raises ConfigurationError when its place has none."""
        if self._value is None:
            self._value = self._read()
            if self._value:
                _revealed.add(self._value)
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

"""What an option holds: its value as text, taken apart by the option's kind."""

import re
from ipaddress import IPv4Address

from groundwork.estate.fields import DOMAIN_PATTERN
from groundwork.model.dhcp import OPTION_KINDS, OptionName

_WIDEST_NUMBER = {"interface-mtu": 65535, "netbios-node-type": 8}
_LEAST_NUMBER = {"interface-mtu": 68, "netbios-node-type": 1}  # RFC 2132, 5.1 and 8.7


class OptionError(ValueError):
    """A value that its option cannot hold."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(what, what_to_do)
        self.what, self.what_to_do = what, what_to_do


def parse_option(name: OptionName, value: str) -> tuple[str, ...]:
    """The parts of the value, each as Kea writes it. Raises OptionError."""
    kind = OPTION_KINDS[name]
    if kind == "text":
        if not value.isascii():
            raise OptionError(f'"{value}" is not ASCII', "write it in ASCII")
        return (value,)
    parts = tuple(part.strip() for part in value.split(","))
    for part in parts:
        if kind == "addresses":
            _refuse_no_address(part)
        elif kind == "names" and not re.fullmatch(DOMAIN_PATTERN, part):
            raise OptionError(
                f'"{part}" is not a domain', "write domains like office.city.example, with commas between"
            )
    if kind == "number":
        _refuse_no_number(name, value)
    return parts


def _refuse_no_address(part: str) -> None:
    try:
        IPv4Address(part)
    except ValueError:
        raise OptionError(f'"{part}" is not an IPv4 address', "write addresses with commas between") from None


def _refuse_no_number(name: str, value: str) -> None:
    least, most = _LEAST_NUMBER[name], _WIDEST_NUMBER[name]
    if not re.fullmatch("[0-9]{1,5}", value) or not least <= int(value) <= most:
        raise OptionError(f'"{value}" is not a number from {least} to {most}', "write one")

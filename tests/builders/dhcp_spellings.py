"""Spellings of the kinds of value that only the file about DHCP holds."""

from groundwork.estate import address6_fields, dhcp_fields
from tests.builders.spellings import NOT_TEXT, UNSEEN, Spellings, number

DHCP_SPELLINGS: dict[str, Spellings] = {
    "IPv6 address": Spellings(
        kind=address6_fields.Address6,
        good=("2001:db8::1", "2001:db8:10:40::1000", "fd00::1", "1:2:3:4:5:6:7:8", "2001:db8:0:1:2:3:4:5", "fc00::"),
        bad=(
            *(
                "::",
                "::1",
                "0:1::2",
                "fe80::1",
                "ff02::1",
                "feff::1",
                "2001:DB8::1",
                "2001:0db8::1",
                "2001:db8::1%eth0",
            ),
            *("2001:db8::1\n", "2001:db8::1/64", "10.0.0.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "g::1"),
            *("::ffff:10.0.0.1", "1:2:3:4:5:6::7:8", *UNSEEN, *NOT_TEXT),
        ),
        beyond=("2001:db8:0:0:1:2:3:4", "2001::1:0:0:0:2"),
    ),
    "IPv6 addresses": Spellings(
        kind=address6_fields.Addresses6, good=(["fd00::1", "fd00::2"],), bad=(["fd00::1", "fd00::1"], "fd00::1", ["x"])
    ),
    "IPv6 range": Spellings(
        kind=address6_fields.Range6,
        good=("2001:db8:10:40::/64", "2001:db8::/32", "fd00::/16", "fd00::4/126"),
        bad=(
            *(
                "::/0",
                "2001:db8::",
                "2001:db8::/15",
                "2001:db8::/127",
                "2001:db8::/064",
                "2001:db8::/ffff::",
                "ff00::/16",
            ),
            *("fe80::/64", "2001:DB8::/32", "10.0.0.0/24", "2001:db8::/32\n", *UNSEEN, *NOT_TEXT),
        ),
        beyond=("2001:db8::1/64",),
    ),
    "client identifier": Spellings(
        kind=dhcp_fields.ClientId,
        good=("01:02:00:0a:0a:28:0a", "00:61", "ff" + ":ff" * 127),
        bad=("01", "01:02:", "01:0G", "0102", "01-02", "01:0A", "ff" + ":ff" * 128, "01:02\n", *UNSEEN, *NOT_TEXT),
    ),
    "DUID": Spellings(
        kind=dhcp_fields.Duid,
        good=("00:03:00:01:02:00:0a:0a:28:0a", "00:04:01", "ff" + ":ff" * 127),
        bad=("00:03", "00:03:0", "00:03:0G", "00:03:0A", "ff" + ":ff" * 128, "00:03:01\n", *UNSEEN, *NOT_TEXT),
    ),
    "first pairs of a MAC": Spellings(
        kind=dhcp_fields.MacPrefix,
        good=("00:04:13", "ff:ff:ff"),
        bad=("00:04", "00:04:13:00", "00:04:1A", "000413", "00:04:13\n", *UNSEEN, *NOT_TEXT),
    ),
    "subnet id": number(dhcp_fields.SubnetId, least=1, most=4_294_967_294),
}

"""An address and a port to listen on, as people write them, and what is none."""

import pytest

from groundwork.model.listen_address import ListenAddress


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9464", "127.0.0.1", 9464),
        ("[::1]:1", "::1", 1),
        ("[fe80::1]:65535", "fe80::1", 65535),
        ("ops-01.city.example:80", "ops-01.city.example", 80),
        ("a:10", "a", 10),
    ],
)
def test_an_address_or_a_name_and_a_port_are_read_and_written_alike(text: str, host: str, port: int) -> None:
    parsed = ListenAddress.parse(text)
    assert (parsed.host, parsed.port, str(parsed)) == (host, port, text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":80", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:١"),
        *("127.0.0.1:0", "127.0.0.1:080", "127.0.0.1:65536", "127.0.0.1:+1"),
        *("127.0.0:80", "127.0.0.256:80", "[127.0.0.1]:80", "[a]:80", "[::1:80", "::1]:80", "::1:80", "[]:80"),
        *("-a:80", "a-:80", "a..b:80", ".a:80", "a.:80", "a b:80", "a_b:80", "[::1] :80"),
    ],
)
def test_what_is_neither_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not address:port, e\.g\. 127\.0\.0\.1:9464"):
        ListenAddress.parse(text)

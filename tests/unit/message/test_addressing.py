import pytest

from dripline.delivery.message.addressing import Unmailable, wire_address, wire_domain


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("Bob.Case@example.com", "Bob.Case@example.com"),
        ("bob@bücher.example", "bob@xn--bcher-kva.example"),
        ("bob@straße.example", "bob@xn--strae-oqa.example"),
        ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
        ('"a b"@example.com', '"a b"@example.com'),
        ('"<@"@example.com', '"<@"@example.com'),
    ],
)
def test_an_address_goes_on_the_wire_with_an_ascii_domain(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com\r\nRCPT TO:<eve@example.com>",
        "bob\n@example.com",
        "bob\0@example.com",
        "bob>@example.com",
        '"bob\r\n"@example.com',
        "bob @example.com",
        "bob@exam ple.com",
        "bob@example.com> SIZE=1",
        "bob",
        "@example.com",
        "bob@",
        "bob\u2028@example.com",
        "bob@bücher..example",
    ],
)
def test_an_address_that_could_break_out_is_refused(address: str) -> None:
    with pytest.raises(Unmailable):
        wire_address(address)


def test_a_domain_that_is_none_is_refused_with_its_reason() -> None:
    with pytest.raises(Unmailable, match="is no domain"):
        wire_domain("bü cher.example")

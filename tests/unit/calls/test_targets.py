"""Where a call may go."""

import socket

import pytest

from dripline.delivery.calls.targets import NotAllowed, Target, find_target, is_public

INSIDE = (
    *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::", "no address"),
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:5432/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://user@127.0.0.1/",
        "ftp://example.com/",
        "http://[::1",
        "http://example.com:99999/",
        "http://exa..mple.com/",
    ],
)
async def test_nobody_inside_is_called_however_it_is_written(url: str) -> None:
    with pytest.raises(NotAllowed):
        await find_target(url, private=False)


async def test_a_target_is_an_address_with_the_name_that_was_called() -> None:
    target = await find_target("http://localhost:8080/a?b=c#d", private=True)

    assert (target.host_header, target.path) == ("localhost:8080", "/a?b=c")
    assert target.url in ("http://127.0.0.1:8080/a?b=c", "http://[::1]:8080/a?b=c")


async def test_a_name_with_one_address_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: object, **__: object) -> list[object]:
        return [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", both)

    with pytest.raises(NotAllowed):
        await find_target("http://example.com/", private=False)


def test_the_port_stands_in_the_host_unless_it_is_the_usual_one() -> None:
    assert Target("https", "a.example", 443, "/", "1.2.3.4").host_header == "a.example"
    assert Target("https", "a.example", 444, "/", "2606::1").url == "https://[2606::1]:444/"

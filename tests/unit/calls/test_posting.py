"""Posting to where somebody else says."""

import socket
from collections.abc import AsyncIterator

import pytest

from dripline.delivery.calls.posting import NoAnswer, Poster, Reply
from tests.makers.api_server import ApiServer, Asked, Fault, Said


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer(lambda _: Said(200, b"ok")) as server:
        yield server


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    poster = Poster(private=True, timeout=0.3)
    yield poster
    await poster.close()


async def test_a_name_is_looked_up_once_and_called_where_it_led_to(
    monkeypatch: pytest.MonkeyPatch, server: ApiServer, poster: Poster
) -> None:
    known = ["127.0.0.1", "192.0.2.1", "192.0.2.1"]

    def changing(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (known.pop(0), server.port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)

    reply = await poster.post(f"http://hooks.example.com:{server.port}/in", b"{}", {"webhook-id": "1"})

    assert reply == Reply(200, None, "ok")
    assert [asked.headers["host"] for asked in server.asked] == [f"hooks.example.com:{server.port}"]
    assert len(known) == 2


async def test_of_an_answer_only_the_beginning_is_read(server: ApiServer, poster: Poster) -> None:
    server.handle = long_answer

    reply = await poster.post(server.url, b"{}", {})

    assert reply == Reply(503, None, "x" * 500)


def long_answer(_: Asked) -> Said:
    return Said(503, b"x" * 1_000_000, {"retry-after": "soon"})


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.STALL_AFTER, "timeout"),
        (Fault.RESET_AFTER, "unreachable"),
        (Fault.NOISE_AFTER, "unreachable"),
        (Fault.CLOSE_AFTER, "unreachable"),
    ],
)
async def test_who_does_not_answer_is_told_apart_from_who_cannot_be_reached(
    server: ApiServer, poster: Poster, fault: Fault, reason: str
) -> None:
    server.script = [fault]

    with pytest.raises(NoAnswer) as caught:
        await poster.post(server.url, b"{}", {})

    assert caught.value.reason == reason


async def test_cookies_are_not_kept(server: ApiServer, poster: Poster) -> None:
    server.script = [Said(200, b"", {"set-cookie": "a=b"})]

    for _ in range(2):
        await poster.post(server.url, b"{}", {})

    assert ["cookie" in asked.headers for asked in server.asked] == [False, False]

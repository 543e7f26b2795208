import pytest

from dripline.delivery.domains.dns import Absent, Answer, Found, RecordType, Resolvers, Unknown
from tests.makers.dns import NameServer, a_name_server

LONG = "v=DKIM1; k=rsa; p=" + "A" * 392
ZONE = {
    ("example.com", "TXT"): ["v=spf1 -all", 'a "quoted" text'],
    ("example.com", "MX"): ["10 IN.Example.net.", "20 in2.example.net."],
    ("key.example.com", "TXT"): [LONG],
    ("alias.example.com", "CNAME"): ["example.com."],
    ("example.com", "A"): ["192.0.2.1"],
}


async def ask(server: NameServer, name: str, kind: RecordType) -> Answer:
    return await Resolvers([("127.0.0.1", server.port)]).look_up(name, kind)


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("example.com", "TXT", Found(('a "quoted" text', "v=spf1 -all"))),
        ("example.com", "MX", Found(("10 in.example.net", "20 in2.example.net"))),
        ("key.example.com", "TXT", Found((LONG,))),
        ("alias.example.com", "CNAME", Found(("example.com",))),
        ("alias.example.com", "A", Found(("192.0.2.1",))),
        ("example.com", "AAAA", Absent()),
        ("nobody.example.com", "TXT", Absent()),
    ],
)
async def test_records_are_read_off_the_wire(name: str, kind: RecordType, answer: Answer) -> None:
    async with a_name_server(ZONE) as server:
        assert await ask(server, name, kind) == answer


async def test_what_is_too_long_for_a_datagram_is_asked_for_again_over_tcp() -> None:
    async with a_name_server(ZONE) as server:
        server.cutting = True

        assert await ask(server, "key.example.com", "TXT") == Found((LONG,))
        assert server.over_tcp == 1


async def test_a_server_that_cannot_answer_leaves_it_unknown() -> None:
    async with a_name_server(ZONE) as server:
        server.failing = {"example.com"}

        assert await ask(server, "example.com", "TXT") == Unknown("no name server could answer")


async def test_a_server_that_says_nothing_leaves_it_unknown_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dripline.delivery.domains.dns._LIFETIME_SECONDS", 0.3)
    async with a_name_server(ZONE) as server:
        server.silent = {"example.com"}

        assert await ask(server, "example.com", "TXT") == Unknown("the name servers did not answer in time")


@pytest.mark.parametrize("name", ["a" * 64 + ".example.com", "a..example.com", ".".join(["abcdefgh"] * 40)])
async def test_a_name_that_is_none_is_no_fault_of_ours(name: str) -> None:
    async with a_name_server(ZONE) as server:
        assert isinstance(await ask(server, name, "TXT"), Unknown)

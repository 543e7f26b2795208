"""A name server on this machine that speaks the wire format, over UDP and TCP, and a zone without any wire."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from dripline.delivery.domains.dns import Absent, Answer, Found, RecordType, Unknown

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Records by name and type, as zone files write them."""


@dataclass
class Names:
    """What the DNS says in a test that needs no wire. `away` are names that are not answered."""

    records: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def look_up(self, name: str, kind: RecordType) -> Answer:
        self.asked.append((name, kind))
        if name in self.away:
            return Unknown("the name servers did not answer in time")
        values = self.records.get((name, kind))
        return Found(tuple(values)) if values else Absent()


@dataclass
class NameServer:
    """A server that answers from `zone`; that says it cannot (`failing`), says nothing (`silent`), or cuts its answers
    short so that they are asked for again over TCP (`cutting`)."""

    port: int = 0
    zone: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    cutting: bool = False
    over_tcp: int = 0

    def answer(self, data: bytes, *, datagram: bool) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        if self.cutting and datagram:
            response.flags |= dns.flags.TC
            return response.to_wire()
        self.over_tcp += not datagram
        self._fill(response, name, dns.rdatatype.to_text(question.rdtype))
        return response.to_wire()

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(8):
            if values := self.zone.get((name, kind)):
                response.answer.append(_records(name, kind, values))
                return
            if not (alias := self.zone.get((name, "CNAME"))):
                break
            response.answer.append(_records(name, "CNAME", alias))
            name = alias[0].rstrip(".")
        if not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)


def _records(name: str, kind: str, values: Sequence[str]) -> dns.rrset.RRset:
    texts = [_in_parts(value) if kind == "TXT" else value for value in values]
    return dns.rrset.from_text_list(
        f"{name}.", 60, dns.rdataclass.IN, kind, texts, relativize=False, origin=dns.name.root
    )


def _in_parts(text: str) -> str:
    """A TXT value as zone files write it: strings of at most 255 octets."""
    parts = [text[at : at + 255] for at in range(0, max(len(text), 1), 255)]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.answer(data, datagram=True)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def a_name_server(zone: Zone | None = None) -> AsyncIterator[NameServer]:
    """A server on 127.0.0.1, on one port for UDP and TCP."""
    server = NameServer(zone=dict(zone or {}))

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2))
        answer = server.answer(await reader.readexactly(size), datagram=False)
        if answer is not None:
            writer.write(len(answer).to_bytes(2) + answer)
            await writer.drain()
        writer.close()

    streams = await asyncio.start_server(converse, "127.0.0.1", 0)
    server.port = streams.sockets[0].getsockname()[1]
    datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port)
    )
    try:
        yield server
    finally:
        datagrams.close()
        streams.close()

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from dripline.delivery.domains.model import Finding, Standing
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.relaying import look_at_relays
from dripline.kernel.relays import Relay, Security
from tests.makers.dns import Names

HOST = "mail.example.net"
POINTER = "5.2.0.192.in-addr.arpa"
LONG_ONE = "5.0.0.0." + "0.0.0.0." * 5 + "8.b.d.0.1.0.0.2.ip6.arpa"


def looked(names: Names, *hosts: str) -> Finding:
    place = Place(relays=tuple(Relay(host, 587, Security.REQUIRED) for host in hosts or (HOST,)))
    return asyncio.run(look_at_relays(place, names))["reverse_dns"]


def test_a_name_that_leads_back_is_found_for_every_address() -> None:
    names = Names(
        {
            (HOST, "A"): ["192.0.2.5"],
            (HOST, "AAAA"): ["2001:db8::5"],
            (POINTER, "PTR"): ["other.example.net", HOST],
            (LONG_ONE, "PTR"): [HOST],
        }
    )

    assert looked(names).standing is Standing.VERIFIED


@pytest.mark.parametrize(
    ("records", "standing", "reason"),
    [
        ({}, Standing.MISSING, "mail.example.net has no address"),
        ({(HOST, "A"): ["192.0.2.5"]}, Standing.MISSING, "192.0.2.5 has no name"),
        (
            {(HOST, "A"): ["192.0.2.5"], (POINTER, "PTR"): ["pool-5.isp.example"]},
            Standing.WRONG,
            "192.0.2.5 is called pool-5.isp.example, which does not lead back to it",
        ),
        (
            {(HOST, "A"): ["192.0.2.5", "192.0.2.6"], (POINTER, "PTR"): [HOST]},
            Standing.MISSING,
            "192.0.2.6 has no name",
        ),
    ],
)
def test_what_is_wrong_with_the_names_is_said(
    records: Mapping[tuple[str, str], Sequence[str]], standing: Standing, reason: str
) -> None:
    found = looked(Names(dict(records)))

    assert (found.standing, found.reason) == (standing, reason)


@pytest.mark.parametrize("away", [HOST, POINTER, "back.example.net"])
def test_what_is_not_answered_is_unknown(away: str) -> None:
    names = Names(
        {(HOST, "A"): ["192.0.2.5"], (POINTER, "PTR"): ["back.example.net"], ("back.example.net", "A"): ["192.0.2.5"]},
        {away},
    )

    assert looked(names).standing is Standing.UNKNOWN


def test_a_relay_may_be_named_by_its_address() -> None:
    names = Names({(POINTER, "PTR"): [HOST], (HOST, "A"): ["192.0.2.5"]})

    assert looked(names, "192.0.2.5").standing is Standing.VERIFIED


def test_the_worst_of_several_relays_is_what_is_said() -> None:
    names = Names({(POINTER, "PTR"): [HOST], (HOST, "A"): ["192.0.2.5"], ("b.example.net", "A"): ["192.0.2.9"]})

    found = looked(names, HOST, "b.example.net")

    assert (found.standing, found.reason) == (Standing.MISSING, "192.0.2.9 has no name")


def test_without_a_relay_there_is_nothing_to_see() -> None:
    assert asyncio.run(look_at_relays(Place(providers=("Postmark",)), Names())) == {}

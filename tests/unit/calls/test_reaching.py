import asyncio

import pytest

from dripline.delivery.calls.reaching import OPEN, Reach
from dripline.delivery.calls.targets import NotAllowed

CLOSED = Reach(private=False)
INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd12::1", "100.64.0.1", "0.0.0.0"]
SECRETS = ["169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_reached_where_the_installation_allows_it(address: str) -> None:
    OPEN.must_allow([address])

    with pytest.raises(NotAllowed, match="not public"):
        CLOSED.must_allow([address])


@pytest.mark.parametrize("address", [*SECRETS, "no address"])
@pytest.mark.parametrize("reach", [OPEN, CLOSED])
def test_where_a_cloud_tells_its_secrets_nobody_is_connected_to(reach: Reach, address: str) -> None:
    with pytest.raises(NotAllowed):
        reach.must_allow([address])


def test_one_address_inside_is_enough_to_refuse_a_name() -> None:
    CLOSED.must_allow(["93.184.216.34", "2606:2800:220:1::1"])

    with pytest.raises(NotAllowed):
        CLOSED.must_allow(["93.184.216.34", "10.0.0.1"])


def test_a_host_is_judged_by_where_it_leads() -> None:
    asyncio.run(OPEN.must_allow_host("localhost"))

    with pytest.raises(NotAllowed):
        asyncio.run(CLOSED.must_allow_host("localhost"))
    with pytest.raises(OSError, match="no name of a host"):
        asyncio.run(OPEN.must_allow_host("x" * 300 + ".example"))

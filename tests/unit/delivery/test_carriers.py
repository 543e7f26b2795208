"""Which transport a letter is handed to, and to which one next: never a second one after a doubt."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.accounts.model import Mode
from dripline.delivery.carriers import Carried, Carrier, Carriers, Way
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.kernel.ids import WorkspaceId, new_uuid
from tests.makers.letters import an_envelope


class Scripted:
    """A transport that says what it was told to say, and keeps what it was given."""

    idempotent = False

    def __init__(self, *verdicts: Verdict, again_after: timedelta | None = None, slots: int = 2) -> None:
        self.slots = slots
        self.given: list[Envelope] = []
        self._verdicts: Sequence[Verdict] = verdicts or (Verdict.ACCEPTED,)
        self._again_after = again_after

    async def send(self, envelope: Envelope) -> Reply:
        verdict = self._verdicts[min(len(self.given), len(self._verdicts) - 1)]
        self.given.append(envelope)
        return Reply(verdict, Phase.DOT, None, None, verdict.value, again_after=self._again_after)

    async def close(self) -> None:
        """Nothing is held."""


def a_way(*transports: Scripted) -> Way:
    return Way(tuple(Carrier((number,), f"carrier {number}", transport) for number, transport in enumerate(transports)))


async def sent(way: Way, *, in_time: bool = True) -> Carried | None:
    return await way.send(an_envelope(), urgent=False, in_time=lambda: in_time)


async def test_the_first_carrier_takes_it() -> None:
    first, second = Scripted(), Scripted()

    carried = await sent(a_way(first, second))

    assert carried is not None
    assert (carried.reply.verdict, carried.by) == (Verdict.ACCEPTED, "carrier 0")
    assert (len(first.given), len(second.given)) == (1, 0)


async def test_the_next_one_takes_what_the_first_cannot() -> None:
    first, second = Scripted(Verdict.UNAVAILABLE), Scripted()

    carried = await sent(a_way(first, second))

    assert carried is not None
    assert (carried.reply.verdict, carried.by) == (Verdict.ACCEPTED, "carrier 1")


@pytest.mark.parametrize("verdict", [Verdict.IN_DOUBT, Verdict.DEFERRED, Verdict.REFUSED, Verdict.ACCEPTED])
async def test_no_other_one_is_asked_after_a_word_about_the_letter(verdict: Verdict) -> None:
    first, second = Scripted(verdict), Scripted()

    carried = await sent(a_way(first, second))

    assert carried is not None
    assert carried.reply.verdict is verdict
    assert second.given == []


@given(st.lists(st.lists(st.sampled_from(Verdict), min_size=1, max_size=3), min_size=1, max_size=4))
async def test_at_most_one_carrier_may_have_taken_a_letter(scripts: list[list[Verdict]]) -> None:
    transports = [Scripted(*script) for script in scripts]
    way = a_way(*transports)

    await sent(way)

    said = [script[0] for script, transport in zip(scripts, transports, strict=True) if transport.given]
    assert [verdict for verdict in said if verdict is not Verdict.UNAVAILABLE] == [
        verdict for verdict in said[-1:] if verdict is not Verdict.UNAVAILABLE
    ]
    assert all(len(transport.given) <= 1 for transport in transports)


async def test_one_that_cannot_be_used_rests_while_another_can() -> None:
    first, second = Scripted(Verdict.UNAVAILABLE), Scripted()
    way = a_way(first, second)

    for _ in range(3):
        await sent(way)

    assert (len(first.given), len(second.given)) == (1, 3)


async def test_the_shorter_wait_counts_when_none_can_be_used() -> None:
    way = a_way(
        Scripted(Verdict.UNAVAILABLE, again_after=timedelta(minutes=5)),
        Scripted(Verdict.UNAVAILABLE, again_after=timedelta(minutes=1)),
    )

    carried = await sent(way)

    assert carried is not None
    assert (carried.by, carried.reply.again_after) == ("carrier 0", timedelta(minutes=1))


async def test_a_letter_that_waited_too_long_is_not_handed_over() -> None:
    first = Scripted()

    carried = await sent(a_way(first), in_time=False)

    assert carried is None
    assert first.given == []


async def test_a_workspace_without_connections_leaves_by_its_mode() -> None:
    live, test = Scripted(), Scripted()
    carriers = Carriers({Mode.LIVE: live, Mode.TEST: test})
    workspace = WorkspaceId(new_uuid())

    ways = {mode: carriers.way(workspace, mode, "example.com") for mode in Mode}

    assert {mode: [each.name for each in way.carriers] for mode, way in ways.items() if way is not None} == {
        Mode.LIVE: ["environment"],
        Mode.TEST: ["inbox"],
    }
    assert Carriers({}).way(workspace, Mode.LIVE, "example.com") is None

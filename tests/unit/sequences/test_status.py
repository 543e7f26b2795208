"""The moves between statuses: those that are named, and no others."""

from itertools import product

import pytest

from dripline.kernel.errors import Conflict
from dripline.sequences.model import MOVES, Move, Status, after


@pytest.mark.parametrize(("status", "move"), list(product(Status, Move)))
def test_a_move_that_is_not_named_is_refused(status: Status, move: Move) -> None:
    if (status, move) in MOVES:
        assert after(status, move) is MOVES[status, move]
        return
    with pytest.raises(Conflict):
        after(status, move)


def test_nothing_leads_out_of_the_archive() -> None:
    assert not any(status is Status.ARCHIVED for status, _ in MOVES)
    assert {MOVES[status, Move.ARCHIVE] for status in set(Status) - {Status.ARCHIVED}} == {Status.ARCHIVED}


def test_whatever_runs_can_be_paused() -> None:
    assert {status for status, move in MOVES if move is Move.PAUSE} == {Status.ACTIVE, Status.RESUMING}

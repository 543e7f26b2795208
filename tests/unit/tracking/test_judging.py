from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from, tuples

from dripline.delivery.tracking.judging import BURST, BURST_LINKS, Hit, Machine, Verdict, judge, judge_all
from dripline.kernel.ids import EventId

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = SENT + timedelta(minutes=5)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
PERSON = Verdict(None)


def open_(agent: str = BROWSER, *, at: datetime = LATER, method: str = "GET") -> Hit:
    return Hit(EventId(UUID(int=1)), at, None, method, agent)


def click(
    target: str = "https://example.com/", agent: str = BROWSER, *, at: datetime = LATER, method: str = "GET"
) -> Hit:
    return Hit(EventId(UUID(int=1)), at, target, method, agent)


@pytest.mark.parametrize(
    ("hit", "verdict"),
    [
        (open_(), PERSON),
        (open_(PHONE), PERSON),
        (open_(GMAIL), Verdict(None, proxied=True)),
        (
            open_("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"),
            Verdict(None, proxied=True),
        ),
        (open_("Mozilla/5.0"), Verdict(Machine.PRIVACY)),
        (open_(""), Verdict(Machine.NO_AGENT)),
        (open_(method="HEAD"), Verdict(Machine.METHOD)),
        (open_("curl/8.5.0"), Verdict(Machine.AGENT)),
        (click(), PERSON),
        (click(agent="Mozilla/5.0"), PERSON),
        (click(method="HEAD"), Verdict(Machine.METHOD)),
        (
            click(agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            Verdict(Machine.AGENT),
        ),
        (click(at=SENT + timedelta(seconds=4)), Verdict(Machine.TOO_SOON)),
        (click(at=SENT + timedelta(seconds=5)), PERSON),
    ],
)
def test_a_machine_is_told_by_what_it_says_and_does(hit: Hit, verdict: Verdict) -> None:
    assert judge(hit, sent_at=SENT, links=1) == verdict


def test_many_links_at_once_are_followed_by_a_scanner() -> None:
    hits = [
        click(f"https://example.com/{number}", at=LATER + timedelta(milliseconds=300 * number)) for number in range(3)
    ]

    judged = judge_all([*hits[1:], hits[0]], sent_at=SENT)

    assert judged == [(hit, Verdict(Machine.MANY_LINKS)) for hit in hits]


def test_the_same_link_again_and_again_is_followed_by_a_person() -> None:
    hits = [click(at=LATER + timedelta(milliseconds=100 * number)) for number in range(5)]

    assert judge_all(hits, sent_at=SENT) == [(hit, PERSON) for hit in hits]


def test_links_that_are_followed_one_after_the_other_are_followed_by_a_person() -> None:
    hits = [click(f"https://example.com/{number}", at=LATER + timedelta(seconds=3 * number)) for number in range(5)]

    assert judge_all(hits, sent_at=SENT) == [(hit, PERSON) for hit in hits]


@given(lists(tuples(integers(0, 80), sampled_from([None, "a", "b", "c"])), max_size=20))
def test_each_hit_is_judged_by_all_links_of_a_burst_around_it(drawn: list[tuple[int, str | None]]) -> None:
    hits = [
        Hit(EventId(UUID(int=number)), LATER + timedelta(milliseconds=100 * at), target, "GET", BROWSER)
        for number, (at, target) in enumerate(drawn)
    ]

    judged = judge_all(hits, sent_at=None)

    for hit, verdict in judged:
        near = {each.target for each in hits if each.target and abs(each.received_at - hit.received_at) <= BURST}
        is_burst = hit.target is not None and len(near) >= BURST_LINKS
        assert verdict == Verdict(Machine.MANY_LINKS if is_burst else None)
    assert sorted(hit.id for hit, _ in judged) == [hit.id for hit in hits]


def test_without_the_time_of_sending_nothing_is_too_soon() -> None:
    assert judge(click(at=SENT), sent_at=None, links=1) == PERSON

"""Asking a model over the wire: what goes well, badly, slowly, and not at all."""

import pytest

from dripline.accounts.connections.model import Connection, Provider
from dripline.authoring.models.asking import AskedInVain, Form, Limits, Message, Model, NotAnswered
from dripline.authoring.models.checking import check_model
from dripline.authoring.models.endpoint import Endpoint
from tests.makers.models import (
    HANGS_UP,
    NOTHING,
    Answer,
    ModelServer,
    Reply,
    a_model,
    one_after_the_other,
    refuses,
    says,
)

ASKED = [Message("system", "be good"), Message("user", "say it")]
FORM = Form("word", {"type": "object", "properties": {}, "required": [], "additionalProperties": False})
KEY = "sk-very-secret"


class Rests:
    """Rests that take no time."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


async def ask(
    server: ModelServer, rests: Rests | None = None, *, limits: Limits | None = None, key: str | None = KEY
) -> str:
    endpoint = Endpoint(server.url, "a-model", key)
    return await Model(endpoint, limits or Limits(seconds=5), rest=rests or Rests()).ask(ASKED, FORM)


async def test_a_question_is_asked_in_the_form_that_the_endpoint_speaks() -> None:
    async with a_model(one_after_the_other({"good": True})) as server:
        answer = await ask(server)

    assert answer == '{"good": true}'
    assert server.keys == [f"bearer {KEY}"]
    assert server.requests == [
        {
            "model": "a-model",
            "messages": [{"role": "system", "content": "be good"}, {"role": "user", "content": "say it"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "word", "schema": FORM.schema, "strict": True},
            },
            "max_completion_tokens": 8_000,
        }
    ]


async def test_an_endpoint_that_does_not_know_structured_output_is_asked_without() -> None:
    answers = (
        refuses(400, "Unsupported parameter: 'response_format'"),
        refuses(400, "unknown field max_completion_tokens"),
        says("fine"),
    )
    async with a_model(one_after_the_other(*answers)) as server:
        answer = await ask(server, key=None)

    assert answer == "fine"
    assert sorted(server.requests[-1]) == ["messages", "model"]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (refuses(429, "slow down", retry_after="7"), 7.0),
        (refuses(429, "slow down", retry_after="900"), 30.0),
        (refuses(429, "slow down", retry_after="Fri, 31 Dec 1999 23:59:59 GMT"), 1.0),
        (refuses(500), 1.0),
        (refuses(503), 1.0),
        (HANGS_UP, 1.0),
        (Reply("<html>a proxy</html>"), 1.0),
        (Reply('{"choices": []}'), 1.0),
        (Reply('{"choices": 5}'), 1.0),
    ],
)
async def test_what_fails_in_passing_is_tried_again_after_a_rest(first: Reply, rest: float) -> None:
    rests = Rests()
    async with a_model(one_after_the_other(first, says("fine"))) as server:
        answer = await ask(server, rests)

    assert (answer, rests.taken) == ("fine", [rest])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refuses(429), "The language model answered with status 429 each time."),
        (HANGS_UP, "The language model cannot be reached (APIConnectionError)."),
        (NOTHING, "The language model did not answer within 0.2 seconds."),
    ],
)
async def test_who_does_not_answer_three_times_is_given_up(answer: Answer, message: str) -> None:
    async with a_model(one_after_the_other(answer)) as server:
        with pytest.raises(NotAnswered) as given_up:
            await ask(server, limits=Limits(seconds=0.2))

    assert (given_up.value.message, len(server.requests)) == (message, 3)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refuses(401, f"Incorrect API key provided: {KEY}"), "refuses the API key (status 401)."),
        (refuses(403, "no"), "refuses the API key (status 403)."),
        (refuses(404, f"no model a-model for {KEY}"), "answered with status 404: "),
        (refuses(400, "bad"), "answered with status 400: "),
        (refuses(307, "elsewhere", location="http://127.0.0.1:1/"), "answered with status 307"),
        (refuses(429, "You exceeded your current quota", "insufficient_quota"), "has no quota left."),
        (Reply('{"choices": [{"message": {"refusal": "I will not"}}]}'), "declined to write this."),
    ],
)
async def test_what_is_refused_is_not_asked_again_and_no_key_is_told(answer: Reply, message: str) -> None:
    async with a_model(one_after_the_other(answer)) as server:
        with pytest.raises(AskedInVain) as refused:
            await ask(server)

    assert message in refused.value.message
    assert KEY not in refused.value.message
    assert len(server.requests) == 1


async def test_an_answer_without_end_is_cut_off() -> None:
    async with a_model(one_after_the_other(says("x" * 100_000))) as server:
        with pytest.raises(AskedInVain, match="longer than 1000 bytes"):
            await ask(server, limits=Limits(seconds=5, bytes=1_000))


def test_a_key_is_not_in_what_is_shown_of_an_endpoint() -> None:
    assert KEY not in repr(Endpoint("https://example.com", "m", KEY))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says("anything"), None),
        (refuses(401), "The language model's endpoint refuses the API key (status 401)."),
        (refuses(500), "The language model answered with status 500 each time."),
    ],
)
async def test_a_connection_is_checked_by_one_short_question(answer: Reply, reason: str | None) -> None:
    async with a_model(one_after_the_other(answer)) as server:
        connection = Connection(Provider.LLM, "llm", {"baseUrl": server.url, "model": "a-model"}, {"apiKey": KEY})

        found = await check_model(connection)

    assert (found, len(server.requests)) == (reason, 1)


async def test_a_key_that_no_header_can_hold_is_told() -> None:
    async with a_model(one_after_the_other(says("fine"))) as server:
        with pytest.raises(AskedInVain, match="cannot be asked with this connection"):
            await ask(server, key="ключ")

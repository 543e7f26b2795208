"""A language model of our own: a server on a free port that speaks the wire format of chat completions."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dripline.authoring.models.asking import Limits, Model
from dripline.authoring.models.endpoint import Endpoint

GOOD_BLOCKS: Sequence[Mapping[str, Any]] = (
    {"type": "heading", "content": "Welcome", "level": 1},
    {"type": "text", "content": "<p>Hello {{ firstName | 'there' }}, this is what to do first.</p>"},
    {"type": "list", "items": ["one thing", "and another"], "ordered": False},
    {"type": "button", "text": "Begin", "url": "https://example.com/begin"},
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request: an HTTP status, a body as text, or nothing at all for so long."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    hangs_up: bool = False


Answer = Reply | Mapping[str, Any] | str
"""A mapping is what the model says, as JSON; a text is what it says, whatever it is."""


def says(text: str, *, finish: str = "stop") -> Reply:
    """A completion with this content."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return Reply(
        json.dumps({"id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
    )


def refuses(status: int, message: str = "no", code: str | None = None, **headers: str) -> Reply:
    """An error, as OpenAI writes one."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps({"error": {"message": message, "type": "error", "code": code}}), status, shown)


NOTHING = Reply("", hangs=True)
HANGS_UP = Reply("", hangs_up=True)


def a_mail(subject: str = "Welcome", **changes: Any) -> dict[str, Any]:
    """What a model says when it is asked for a mail."""
    return {"subject": subject, "previewText": "What to do first.", "blocks": list(GOOD_BLOCKS), **changes}


def a_plan(*days: int) -> dict[str, Any]:
    """What a model says when it is asked for a plan."""
    return {"mails": [{"purpose": f"mail {place}", "delayDays": wait} for place, wait in enumerate(days, start=1)]}


class ModelServer:
    """Answers with what `answer` gives for a request, and keeps the requests."""

    def __init__(self, answer: Callable[[Mapping[str, Any]], Answer | Awaitable[Answer]]) -> None:
        self.answer = answer
        self.requests: list[Mapping[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
                self.requests.append(body)
                self.keys.append(headers.get("authorization"))
                given = self.answer(body)
                reply = _reply(await given if isinstance(given, Awaitable) else given)
                if reply.hangs:
                    await asyncio.Event().wait()
                if reply.hangs_up:
                    return
                content = reply.body.encode()
                extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
                answered = f"HTTP/1.1 {reply.status} OK\r\nContent-Type: application/json\r\n{extra}"
                writer.write(f"{answered}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _reply(answer: Answer) -> Reply:
    if isinstance(answer, Reply):
        return answer
    return says(answer if isinstance(answer, str) else json.dumps(answer))


def one_after_the_other(*answers: Answer) -> Callable[[Mapping[str, Any]], Answer]:
    """Each answer once, and the last again and again."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def by_form(**answers: Answer | Callable[[], Answer]) -> Callable[[Mapping[str, Any]], Answer]:
    """An answer by the name of the form that is asked for."""

    def answer(request: Mapping[str, Any]) -> Answer:
        found = answers[request["response_format"]["json_schema"]["name"]]
        return found() if callable(found) else found

    return answer


@asynccontextmanager
async def a_model(answer: Callable[[Mapping[str, Any]], Answer | Awaitable[Answer]]) -> AsyncIterator[ModelServer]:
    """A server that runs."""
    model = ModelServer(answer)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        await model.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    model.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield model
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _no_rest(seconds: float) -> None:
    pass


def impatient(endpoint: Endpoint) -> Model:
    """A model that is asked again at once, and for no longer than half a second."""
    return Model(endpoint, Limits(seconds=0.5), rest=_no_rest)

"""Asking a model: one question, one answer as text, within limits of time and size.

What it says is worth no more than what a stranger says: whoever asks reads it as such.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec

from dripline.authoring.models.endpoint import Endpoint
from dripline.delivery.calls.targets import NotAllowed
from dripline.kernel.errors import Refused, Unavailable

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

    from dripline.authoring.models.guarding import GuardedTransport

# What an endpoint may not know, and what is left out then.
_OPTIONAL = ("response_format", "max_completion_tokens")
_LONGEST_REASON = 300
_FIRST_REST = 1.0
_LONGEST_REST = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take: seconds until it is whole, bytes of the response, tokens that the model may write.

    What fails in passing is tried so many times in all.
    """

    seconds: float = 120.0
    bytes: int = 400_000
    tokens: int = 8_000
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Message:
    """A part of a conversation; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer looks like: a JSON Schema, and a name for it."""

    name: str
    schema: Mapping[str, Any]


class NotAnswered(Unavailable):
    """The model gave no answer, often as it was asked."""


class AskedInVain(Refused):
    """The endpoint will not answer this, however often it is asked."""

    code = "UNPROCESSABLE_ENTITY"


class _Said(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Said
    finish_reason: str | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: Sequence[_Choice]


class Model:
    """Asks one endpoint. What fails in passing is tried again, after a rest that the endpoint may name."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits | None = None,
        *,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._limits = limits or Limits()
        self._rest = rest

    async def ask(self, messages: Sequence[Message], form: Form) -> str:
        """What the model says, whatever it is.

        Raises:
            NotAnswered: it did not answer in time, or said each time to come later.
            AskedInVain: the endpoint refuses key, model or question.
        """
        async with self._client() as client:
            for attempt in count():
                try:
                    return await self._try(client, messages, form)
                except _Later as later:
                    if attempt + 1 >= self._limits.tries:
                        raise NotAnswered(f"The language model {later.message}.") from None
                    await self._rest(min(max(_FIRST_REST * 5**attempt, later.after), _LONGEST_REST))
        raise AssertionError("it is counted without end")

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        seconds = self._limits.seconds
        return AsyncOpenAI(
            base_url=self._endpoint.base_url,
            # The client wants one, also where the endpoint wants none.
            api_key=self._endpoint.api_key or "none",
            max_retries=0,
            timeout=seconds,
            # What is asked goes to nobody but the endpoint.
            http_client=DefaultAsyncHttpxClient(follow_redirects=False, timeout=seconds, transport=self._transport()),
        )

    def _transport(self) -> "GuardedTransport | None":
        if self._endpoint.reach is None:
            return None
        from dripline.authoring.models.guarding import GuardedTransport

        return GuardedTransport(self._endpoint.reach)

    async def _try(self, client: "AsyncOpenAI", messages: Sequence[Message], form: Form) -> str:
        left_out: set[str] = set()
        while True:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return _read(await self._request(client, messages, form, left_out))
            except _Unknown as unknown:
                left_out.add(unknown.name)
            except TimeoutError:
                raise _Later(f"did not answer within {self._limits.seconds:g} seconds") from None

    async def _request(
        self, client: "AsyncOpenAI", messages: Sequence[Message], form: Form, left_out: set[str]
    ) -> bytes:
        import openai

        schema = {"name": form.name, "schema": form.schema, "strict": True}
        optional: dict[str, Any] = {
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_completion_tokens": self._limits.tokens,
        }
        asked = {name: value for name, value in optional.items() if name not in left_out}
        said: list[Any] = [{"role": each.role, "content": each.content} for each in messages]
        try:
            async with client.chat.completions.with_streaming_response.create(
                model=self._endpoint.model, messages=said, **asked
            ) as response:
                return await self._content(response.iter_bytes())
        except NotAllowed as error:
            raise AskedInVain(f"The language model is not asked: {error}.") from None
        except openai.APITimeoutError:
            raise TimeoutError from None
        except openai.APIStatusError as error:
            raise self._told(error, left_out) from None
        except ValueError:
            # A key of letters that no header can hold, for one.
            raise AskedInVain("The language model cannot be asked with this connection.") from None
        except (openai.APIConnectionError, openai.APIError, OSError) as error:
            raise _Later(f"cannot be reached ({type(error).__name__})") from None

    async def _content(self, pieces: AsyncIterator[bytes]) -> bytes:
        content = bytearray()
        async for piece in pieces:
            content += piece
            if len(content) > self._limits.bytes:
                raise AskedInVain(f"The language model's answer is longer than {self._limits.bytes} bytes.")
        return bytes(content)

    def _told(self, error: "APIStatusError", left_out: set[str]) -> Exception:
        """What the status of an answer means for us."""
        status, reason = error.status_code, self._without_key(str(error.message))
        if status in (400, 422):
            unknown = next((name for name in _OPTIONAL if name in reason and name not in left_out), None)
            if unknown is not None:
                return _Unknown(unknown)
        if status in (408, 409, 425, 429) or status >= 500:
            if getattr(error, "code", None) == "insufficient_quota":
                return AskedInVain("The account at the language model's endpoint has no quota left.")
            return _Later(
                f"answered with status {status} each time", _seconds(error.response.headers.get("retry-after"))
            )
        if status in (401, 403):
            return AskedInVain(f"The language model's endpoint refuses the API key (status {status}).")
        return AskedInVain(f"The language model's endpoint answered with status {status}: {reason}")

    def _without_key(self, text: str) -> str:
        key = self._endpoint.api_key
        shown = text.replace(key, "…") if key else text
        return " ".join(shown.split())[:_LONGEST_REASON]


class _Later(Exception):
    """It failed in passing; `after` so many seconds it may go well."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.message = message
        self.after = after


class _Unknown(Exception):
    """The endpoint does not know a parameter."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _read(content: bytes) -> str:
    try:
        completion = msgspec.json.decode(content, type=_Completion)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Later("answered with something that is no chat completion") from None
    if not completion.choices:
        raise _Later("answered with no choice")
    said = completion.choices[0].message
    if said.refusal:
        raise AskedInVain("The language model declined to write this.")
    return said.content or ""


def _seconds(text: str | None) -> float:
    """The rest that an answer asks for; its other form, a date, is passed over."""
    try:
        seconds = float(text or 0)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < 86_400 else 0.0

"""Renders mails: by the product's renderer and its children, or by python-liquid alone in this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import liquid

from bench.letters import Letter, event, letters, properties
from bench.talking import hear, order, run, say
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source

_BATCH = 40
_NOW = "2026-11-20T12:00:00Z"

Work = Callable[[Sequence[int]], Awaitable[int]]
"""Renders the mails with these numbers; gives how many were whole."""


async def main() -> None:
    asked = order()
    written = letters()
    renderer = Renderer(children=1)
    work = _by_product(renderer, written) if asked["how"] == "dripline" else _alone(written)
    # Children are started and templates parsed before it counts.
    await work(range(len(written) * _BATCH))
    say("ready")
    await hear()
    start = time.perf_counter()
    whole = await work(range(asked["mails"]))
    say("done", seconds=time.perf_counter() - start, whole=whole)
    await renderer.close()
    await hear()


def _by_product(renderer: Renderer, written: Sequence[Letter]) -> Work:
    sources = [Source(each.name, each.subject, each.html, each.text) for each in written]

    async def batch(numbers: Sequence[int]) -> int:
        # The mails of one batch are mostly of one sequence, and so of one template.
        source = sources[numbers[0] // _BATCH % len(sources)]
        answers = await renderer.render([RenderJob(source, _data(number)) for number in numbers])
        return sum(isinstance(answer, Rendered) for answer in answers)

    async def work(numbers: Sequence[int]) -> int:
        # Two batches under way, as in a worker.
        whole = 0
        for start in range(0, len(numbers), 2 * _BATCH):
            both = (numbers[first : first + _BATCH] for first in (start, start + _BATCH))
            whole += sum(await asyncio.gather(*(batch(each) for each in both if each)))
        return whole

    return work


def _alone(written: Sequence[Letter]) -> Work:
    html, plain = liquid.Environment(autoescape=True), liquid.Environment()
    parsed = [
        (plain.from_string(each.subject), html.from_string(each.html), plain.from_string(each.text)) for each in written
    ]

    async def work(numbers: Sequence[int]) -> int:
        whole = 0
        for number in numbers:
            data = _flat(number)
            parts = [part.render(**data) for part in parsed[number // _BATCH % len(parsed)]]
            whole += all(parts)
        return whole

    return work


def _data(number: int) -> dict[str, Any]:
    contact: dict[str, Any] = {"email": f"ada{number}@example.com", "userId": None, "timezone": None, "tags": []}
    return {
        "contact": {**contact, "properties": properties(number)},
        "event": event(number),
        "unsubscribe_url": f"https://example.com/u/{number}",
        "now": _NOW,
    }


def _flat(number: int) -> dict[str, Any]:
    return {
        **properties(number),
        "email": f"ada{number}@example.com",
        "event": event(number),
        "unsubscribe_url": f"https://example.com/u/{number}",
    }


if __name__ == "__main__":
    run(main())

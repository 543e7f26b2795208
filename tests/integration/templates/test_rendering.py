"""Rendering in real children: whatever a template does, the others get their mail."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from dripline.kernel.errors import Unavailable
from dripline.kernel.values import Json
from dripline.templates.rendering.pool import Rendered, Renderer, RenderFailure, RenderJob, Source

GREETING = Source("t/1", "Hi {{ firstName }}", "<p>{{ firstName }}</p>", "{{ firstName }}: {{ unsubscribe_url }}")

HOSTILE = {
    "a large range joined": "{{ (1..50000000) | join: ',' }}",
    "a large range joined with nothing": "{% assign a = (1..50000000) | join: '' %}{{ a | size }}",
    "a large range reversed": "{{ (1..50000000) | reverse | first }}",
    "a large range sorted": "{{ (1..30000000) | sort | last }}",
    "a chain of replace": "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaaaaaaaaaaaa'" * 10 + " }}",
    "doubling by append": "{% assign a = 'aaaaaaaa' %}" + "{% assign a = a | append: a | append: a %}" * 30,
    "doubling by capture": "{% capture a %}aaaaaaaa{% endcapture %}"
    + "{% capture a %}{{ a }}{{ a }}{{ a }}{% endcapture %}" * 30,
    "deep nesting": "{% if true %}" * 5_000 + "{% endif %}" * 5_000,
    "a long chain of times": "{{ 2" + " | times: 2" * 200_000 + " }}",
    "a huge output": "{% for i in (1..100000) %}0123456789012345678901234567890{% endfor %}",
    "a loop in a loop": "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}",
    "a loop that never ends": "{% for i in (1..99999) %}{% assign x = i | times: 2 %}{% endfor %}" * 400,
    "thousands of open tags": "{% raw %}" * 28_000,
    "a table of a million cells": "{% tablerow i in (1..1000000) %}{{ i }}{% endtablerow %}",
    "a path that is too deep": "{{ a" + "[a" * 20_000 + "]" * 20_000 + " }}",
    "a number that is too large": "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 40 + "{{ a }}",
    "a file": "{% include '/etc/passwd' %}",
    "a partial in a loop": "{% for i in (1..100000) %}{% __render 'p' %}{% for j in (1..100000) %}x{% endfor %}"
    "{% end__render %}{% endfor %}",
    "partials in partials": "{% __render 'p' %}" * 500 + "{% end__render %}" * 500,
    "a case without an end": "{% case x %}{% when 1 %}",
    "a large range shown raw": "{% assign a = (1..5000000) | join: '<b>' %}{{ a | raw }}",
}


def a_job(name: str = "Ann", source: Source = GREETING) -> RenderJob:
    contact: Mapping[str, Json] = {"email": "ann@example.com", "properties": {"firstName": name}}
    return RenderJob(source, {"contact": contact, "unsubscribe_url": "https://example.com/u"})


def rendered(name: str = "Ann") -> Rendered:
    return Rendered(f"Hi {name}", f"<p>{name}</p>", f"{name}: https://example.com/u")


def hostile(html: str) -> RenderJob:
    return a_job(source=Source("hostile/1", "", html, ""))


@pytest.fixture
async def short() -> AsyncIterator[Renderer]:
    """A renderer that waits for half a second only."""
    renderer = Renderer(seconds=0.5)
    yield renderer
    await renderer.close()


async def test_answers_come_in_the_order_of_the_jobs(renderer: Renderer) -> None:
    names = [f"name {number}" for number in range(450)]

    answers = await renderer.render([a_job(name) for name in names])

    assert answers == [rendered(name) for name in names]


async def test_nothing_to_render_gives_nothing(renderer: Renderer) -> None:
    assert await renderer.render([]) == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_template_costs_only_its_own_mail(short: Renderer, name: str) -> None:
    first, failed, last = await short.render([a_job("Ann"), hostile(HOSTILE[name]), a_job("Bo")])

    assert (first, last) == (rendered("Ann"), rendered("Bo"))
    assert isinstance(failed, RenderFailure)
    assert failed.reason == "render_failed"
    assert 0 < len(failed.detail) <= 500


async def test_a_template_that_kills_again_and_again_is_not_tried_for_ever(short: Renderer) -> None:
    endless = hostile(HOSTILE["a loop that never ends"])

    answers = await short.render([endless, a_job()] * 60)

    assert answers[1::2] == [rendered()] * 60
    assert [answer.detail for answer in answers[::2] if isinstance(answer, RenderFailure)] == [
        *["took longer than 0.5 s"] * 3,
        *["not tried, 3 renderings of this template in a row had to be killed"] * 57,
    ]


async def test_a_child_that_was_killed_is_replaced(short: Renderer) -> None:
    await short.render([a_job()])
    for child in children_of(os.getpid()):
        os.kill(child, signal.SIGKILL)

    answers = [await short.render([a_job(name)]) for name in ("Ann", "Bo")]

    assert answers[1] == [rendered("Bo")]


async def test_a_cancelled_rendering_leaves_no_answers_for_the_next(short: Renderer) -> None:
    task = asyncio.create_task(short.render([hostile(HOSTILE["a loop that never ends"])]))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert await short.render([a_job("Bo")]) == [rendered("Bo")]


async def test_two_children_share_the_work() -> None:
    renderer = Renderer(children=2)
    before = set(children_of(os.getpid()))

    answers = await renderer.render([a_job(str(number)) for number in range(600)])
    started = set(children_of(os.getpid())) - before
    await renderer.close()

    assert answers == [rendered(str(number)) for number in range(600)]
    assert len(started) == 2
    assert not started & set(children_of(os.getpid()))


async def test_a_closed_renderer_says_so() -> None:
    renderer = Renderer()
    await renderer.close()
    await renderer.close()

    with pytest.raises(Unavailable):
        await renderer.render([a_job()])


async def test_a_job_under_way_is_not_blamed_for_the_end_of_the_renderer() -> None:
    renderer = Renderer(seconds=600)
    await renderer.render([a_job()])
    task = asyncio.create_task(renderer.render([hostile(HOSTILE["a loop that never ends"])]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await renderer.close()

    with pytest.raises(Unavailable):
        await task


async def test_a_child_that_cannot_start_is_no_fault_of_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(Unavailable, match="does not start"):
        await Renderer().render([a_job()])


async def test_a_child_knows_no_secrets(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIPLINE_DATABASE_URL", "postgresql://secret")
    fresh = Renderer()
    before = set(children_of(os.getpid()))

    await fresh.render([a_job()])
    [child] = set(children_of(os.getpid())) - before
    environment = environment_of(child)
    await fresh.close()

    assert b"DRIPLINE" not in environment


PARENT = """
import asyncio
from dripline.templates.rendering.pool import Renderer, RenderJob, Source

async def main():
    renderer = Renderer(seconds=600)
    data = {"contact": {"email": "ann@example.com"}}
    await renderer.render([RenderJob(Source("a", "", "", ""), data)])
    print("ready", flush=True)
    endless = "{% for i in (1..99999) %}{% assign x = i | times: 2 %}{% endfor %}" * 4000
    await renderer.render([RenderJob(Source("b", "", endless, ""), data)])

asyncio.run(main())
"""


async def test_a_child_dies_with_its_parent() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"ready\n"
    [child] = children_of(parent.pid)
    descriptor = os.pidfd_open(child)
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, gone.set)

    parent.kill()
    await parent.wait()

    async with asyncio.timeout(5):
        await gone.wait()
    asyncio.get_running_loop().remove_reader(descriptor)
    os.close(descriptor)


def environment_of(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def children_of(parent: int) -> list[int]:
    """The rendering children of a process (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = f"PPid:\t{parent}\n" in (folder / "status").read_text()
            if is_child and b"rendering.child" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found

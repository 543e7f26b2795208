"""Somebody at a terminal has a sequence written by a model, and watches it."""

import asyncio
import subprocess

from tests.makers.installation import DRIPLINE, Installation, environ
from tests.makers.models import ModelServer, a_mail, a_model, a_plan, by_form, one_after_the_other


def _ran(product: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    settings = environ({"DRIPLINE_DATA_DIR": str(product.folder), "DRIPLINE_KEY": product.key})
    command = [*DRIPLINE, "draft", *words]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=90)


async def run(product: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    """What `dripline draft` with these words does, while a model may answer."""
    return await asyncio.to_thread(_ran, product, *words)


def connect(product: Installation, server: ModelServer) -> None:
    product.ask("PUT", "/api/connections/llm", {"baseUrl": server.url, "model": "a-model"})


async def test_a_draft_is_begun_waited_for_and_shown(product: Installation) -> None:
    async with a_model(by_form(plan=a_plan(0, 2), mail=a_mail("Hello there"))) as server:
        connect(product, server)

        words = ("Help them begin", "--mails", "2", "--slug", "begin", "--trigger", "event", "--of", "user.signed_up")
        ran = await run(product, "new", *words)

    lines = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert lines == [
        "begin: Help them begin (draft)",
        "",
        "template after subject preview",
        "begin-mail-1 at once Hello there What to do first.",
        "begin-mail-2 2d Hello there What to do first.",
    ]
    assert product.ask("GET", "/api/sequences/begin")["trigger"] == {"event": "user.signed_up"}


async def test_a_mail_that_could_not_be_written_is_told_and_tried_again(product: Installation) -> None:
    async with a_model(by_form(plan=a_plan(0), mail="I would rather not.")) as server:
        connect(product, server)
        first = await run(product, "new", "Help them begin", "--mails", "1", "--slug", "begin")
        server.answer = by_form(plan=a_plan(0), mail=a_mail("Hello there"))
        second = await run(product, "again", "begin")

    assert (first.returncode, "not written" in first.stdout) == (1, True)
    assert first.stderr.startswith("1 of 1 mails could not be written.")
    assert first.stderr.endswith("`dripline draft again begin` tries once more.\n")
    assert (second.returncode, second.stderr, "Hello there" in second.stdout) == (0, "", True)


async def test_nobody_needs_to_wait(product: Installation) -> None:
    async with a_model(one_after_the_other(a_plan(0))) as server:
        connect(product, server)

        ran = await run(product, "new", "Help them begin", "--mails", "1", "--slug", "begin", "--no-wait")

    assert ran.returncode == 0
    assert ran.stderr == "Its mails are being written. `dripline draft show begin` shows them.\n"


async def test_without_a_model_it_is_said_how_to_connect_one(product: Installation) -> None:
    ran = await run(product, "new", "Help them begin")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "PUT /api/connections/llm" in ran.stderr


async def test_what_starts_a_draft_is_named_with_its_kind(product: Installation) -> None:
    ran = await run(product, "new", "Help them begin", "--of", "user.signed_up")

    assert (ran.returncode, ran.stderr) == (
        1,
        "--of belongs to --trigger with one of event, tag, list_add, segment.\n",
    )

"""Blocks put in order by a model over the wire: one that does well, badly, loses something, is slow, or not there."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dripline.authoring.cleaning.cleaning import MOST_SHOWN, Cleaned, clean
from dripline.authoring.models.endpoint import Endpoint
from tests.makers.models import HANGS_UP, NOTHING, Answer, a_model, impatient, one_after_the_other, refuses

HTML: Mapping[str, Any] = {"type": "html", "content": '<form>Ask <a href="https://acme.test/ask">us</a></form>'}
IMAGE: Mapping[str, Any] = {"type": "image", "src": "https://acme.test/a.png", "alt": "A picture"}
GIVEN = [HTML, IMAGE]
KEPT = {"type": "kept", "number": 2}
TEXT = {"type": "text", "content": '<p>Ask <a href="https://acme.test/ask">us</a></p>', "variant": None, "styles": None}
SHORT = {"type": "text", "content": "<p>Ask us</p>", "variant": None, "styles": None}
GOOD = {"blocks": [TEXT, KEPT]}
LOSSY = {"blocks": [SHORT]}
DONE = Cleaned([{"type": "text", "content": TEXT["content"]}, dict(IMAGE)])
IN_VAIN = "the language model's answer cannot be used, also when asked again: "


async def cleaned(*answers: Answer) -> tuple[Cleaned, list[Mapping[str, Any]]]:
    """What comes of the blocks with a model that answers so, and what it was asked."""
    async with a_model(one_after_the_other(*answers)) as server:
        return await clean(impatient(Endpoint(server.url, "a-model")), GIVEN), server.requests


async def test_a_good_answer_is_taken() -> None:
    found, [asked] = await cleaned(GOOD)

    assert found == DONE
    shown = json.loads(asked["messages"][1]["content"].partition("\n\n")[2])
    assert shown == [{"number": 1, **HTML}, {"number": 2, **IMAGE}]
    assert asked["response_format"]["json_schema"]["name"] == "blocks"


async def test_an_answer_that_loses_something_is_repaired_once() -> None:
    found, [_, again] = await cleaned(LOSSY, GOOD)

    assert found == DONE
    said = again["messages"][-1]["content"]
    assert "1 link lost: https://acme.test/ask" in said
    assert "1 image lost: https://acme.test/a.png" in said


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (LOSSY, f"{IN_VAIN}blocks: 1 link lost: https://acme.test/ask; blocks: 1 image lost: https://acme.test/a.png"),
        ("I would rather not.", f"{IN_VAIN}the answer is not the JSON that was asked for"),
        ({"blocks": [HTML, KEPT]}, f"{IN_VAIN}blocks[0].type: may not be written here"),
        (NOTHING, "The language model did not answer within 0.5 seconds."),
        (HANGS_UP, "The language model cannot be reached"),
        (refuses(401, "no such key"), "The language model's endpoint refuses the API key (status 401)."),
    ],
)
async def test_the_blocks_stay_as_they_were_with_the_reason(answer: Answer, reason: str) -> None:
    found, _ = await cleaned(answer)

    assert found.blocks == GIVEN
    assert (found.reason or "").startswith(reason)


async def test_what_is_too_long_is_not_asked_for() -> None:
    async with a_model(one_after_the_other(GOOD)) as server:
        long = [{"type": "text", "content": "long " * (MOST_SHOWN // 5)}]
        found = await clean(impatient(Endpoint(server.url, "a-model")), long)

    assert (found.blocks, server.requests) == (long, [])
    assert (found.reason or "").startswith("it is too long for the language model")


async def test_the_command_asks_the_model_that_the_environment_names(tmp_path: Path) -> None:
    import asyncio

    page = tmp_path / "mail.html"
    page.write_text(f'{HTML["content"]}<p><img src="{IMAGE["src"]}" alt="A picture"></p>')
    async with a_model(one_after_the_other(GOOD)) as server:
        named = {"DRIPLINE_LLM_BASE_URL": server.url, "DRIPLINE_LLM_MODEL": "a-model"}
        done = await asyncio.to_thread(_from_html, page, named)

    assert (done.returncode, done.stderr) == (0, "")
    assert [block["type"] for block in json.loads(done.stdout)["blocks"]] == ["text", "image"]


def test_the_command_says_how_to_connect_a_model(tmp_path: Path) -> None:
    page = tmp_path / "mail.html"
    page.write_text("<p>Hello</p>")

    done = _from_html(page, {})

    assert (done.returncode, done.stdout) == (1, "")
    assert "DRIPLINE_LLM_MODEL" in done.stderr


def _from_html(page: Path, named: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DRIPLINE_")}
    command = [sys.executable, "-m", "dripline.cli.main", "blocks", "from-html", str(page), "--clean", "ai"]
    return subprocess.run(command, env={**own, **named}, capture_output=True, text=True, timeout=60, check=False)

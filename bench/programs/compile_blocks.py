"""Makes HTML of blocks: from JSON, as when a template is saved; or of the MJML that we make of them, by mrml alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mjml import mjml2html

from bench.letters import DIGEST, DIGEST_BLOCKS, WELCOME, WELCOME_BLOCKS
from bench.talking import hear, order, run, say
from dripline.templates.blocks.compiling import compile_blocks, mjml_of
from dripline.templates.blocks.held import Held
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.compiling import compile_template

_LISTS = (WELCOME_BLOCKS, DIGEST_BLOCKS)


async def main() -> None:
    asked = order()
    steps = _STEPS[asked["how"]]()
    for step in steps:
        step()
    say("ready")
    await hear()
    start = time.perf_counter()
    whole = sum(len(steps[number % len(steps)]()) > 0 for number in range(asked["mails"]))
    say("done", seconds=time.perf_counter() - start, whole=whole)
    await hear()


def _html() -> list[Callable[[], str]]:
    return [lambda each=each: compile_blocks(read_blocks(each).blocks) for each in _LISTS]  # type: ignore[misc]


def _saved() -> list[Callable[[], str]]:
    return [lambda draft=draft: compile_template(draft).html for draft in (WELCOME, DIGEST)]  # type: ignore[misc]


def _mrml() -> list[Callable[[], str]]:
    texts = [_mjml(each) for each in _LISTS]
    return [lambda text=text: mjml2html(text) for text in texts]  # type: ignore[misc]


def _mjml(blocks: Sequence[Mapping[str, Any]]) -> str:
    return mjml_of(read_blocks(blocks).blocks, PLAIN_THEME, Held())


_STEPS = {"dripline": _html, "dripline, saved": _saved, "mrml": _mrml}


if __name__ == "__main__":
    run(main())

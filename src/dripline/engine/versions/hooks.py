"""Webhook steps, whose addresses and bodies may hold Liquid: what is wrong with it, told when they are written."""

from collections.abc import Iterator, Mapping, Sequence

from dripline.kernel.errors import Problem
from dripline.kernel.values import Json
from dripline.sequences.language.model import Webhook
from dripline.templates.liquid.checking import check


def hook_problems(step: Webhook) -> Iterator[Problem]:
    """What is wrong with the Liquid of a call, by its place in the step, with line and column."""
    for path, text in (("url", step.url), *_texts("body", step.body)):
        if "{{" in text or "{%" in text:
            yield from check(text, path).problems


def _texts(path: str, value: Json) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for name, each in value.items():
                yield from _texts(f"{path}.{name}", each)
        case Sequence():
            for index, each in enumerate(value):
                yield from _texts(f"{path}[{index}]", each)

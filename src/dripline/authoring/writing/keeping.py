"""Blocks that a model cannot write, such as pictures: it sees that something stands there, and puts it somewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dripline.authoring.models.asking import Form
from dripline.authoring.writing.forms import WRITTEN, mail_form
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.templates.blocks.model import type_of

Blocks = Sequence[Mapping[str, Json]]

KEPT = "kept"
_WRITTEN = frozenset(type_of(kind) for kind in WRITTEN)


@dataclass(frozen=True, slots=True)
class Kept:
    """Blocks as a model sees them, and those that are kept, by their number there."""

    shown: Blocks
    blocks: Mapping[int, Mapping[str, Json]]

    def form(self) -> Form:
        """The form of a mail, with a kind of block for what is kept, if anything is."""
        form = mail_form()
        if not self.blocks:
            return form
        kept = {
            "type": "object",
            "properties": {"type": {"type": "string", "enum": [KEPT]}, "number": {"type": "integer"}},
            "required": ["type", "number"],
            "additionalProperties": False,
        }
        blocks = form.schema["properties"]["blocks"]
        wider = {**blocks, "items": {"anyOf": [*blocks["items"]["anyOf"], kept]}}
        return Form(form.name, {**form.schema, "properties": {**form.schema["properties"], "blocks": wider}})

    def put_back(self, blocks: Sequence[object]) -> Sequence[int | None]:
        """For each block the number of the kept one that it stands for, or None.

        Raises:
            Invalid: one that is kept is missing, or is there twice; names each.
        """
        numbers = [_number(block) for block in blocks]
        given = [number for number in numbers if number is not None]
        problems = [
            Problem(
                "blocks", f"the block of the type kept with the number {number} is there {given.count(number)} times"
            )
            for number in sorted({*given, *self.blocks}, key=str)
            if given.count(number) != 1 or number not in self.blocks
        ]
        if problems:
            raise Invalid.of(problems)
        return numbers


NOTHING_KEPT = Kept((), {})


def keep_aside(blocks: Blocks) -> Kept:
    """Blocks, with those put aside that a model cannot write."""
    shown: list[Mapping[str, Json]] = []
    kept: dict[int, Mapping[str, Json]] = {}
    for block in blocks:
        if block.get("type") in _WRITTEN:
            shown.append(block)
        else:
            kept[len(kept) + 1] = block
            shown.append({"type": KEPT, "number": len(kept)})
    return Kept(tuple(shown), kept)


def _number(block: object) -> int | None:
    if isinstance(block, Mapping) and block.get("type") == KEPT:
        number = block.get("number")
        return number if isinstance(number, int) and not isinstance(number, bool) else 0
    return None

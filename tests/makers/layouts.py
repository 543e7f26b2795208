"""Makers of definitions as texts, in the many ways that people lay them out, with comments that can be found again."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

_KINDS = ("delay", "braces", "template", "quoted", "literal", "folded", "dash alone", "condition", "split")
_LITERAL = ["<p>One</p>", "", "  # no comment", "<p>Two</p>"]


@dataclass(slots=True)
class _Layout:
    """One author's habits, and the numbers of the steps written so far."""

    draw: st.DrawFn
    offset: int
    gap: str
    blank: bool
    count: int = 0

    def steps(self, column: int, most: int, depth: int) -> list[str]:
        lines: list[str] = []
        for place in range(self.draw(st.integers(1, most))):
            lines += [""] if place and self.blank else []
            lines += self._step(column, depth)
        return lines

    def _step(self, column: int, depth: int) -> list[str]:
        self.count += 1
        number = self.count
        kinds = _KINDS if depth else _KINDS[:-2]
        kind = self.draw(st.sampled_from(kinds))
        indent, inside = " " * column, " " * (column + 1 + len(self.gap))
        above = [f"{indent}# {number} above"] if self.draw(st.booleans()) else []
        below = [f"{inside}# {number} below"] if self.draw(st.booleans()) else []
        beside = f"  # {number} beside" if self.draw(st.booleans()) else ""
        given = [f"id: s{number}"] if self.draw(st.booleans()) else []
        if kind == "braces":
            flow = ", ".join(["action: delay", "duration: 3d", *given])
            return [*above, f"{indent}-{self.gap}{{{flow}}}{beside}", *below]
        if kind == "dash alone":
            keys = ["action: delay", *given, "duration: 1d"]
            return [*above, f"{indent}-{beside}", *(f"{inside}{key}" for key in keys), *below]
        keys = [*self._keys(kind, given, number, len(inside), depth)]
        return [
            *above,
            f"{indent}-{self.gap}{keys[0]}{beside}",
            *(f"{inside}{line}" if line else "" for line in keys[1:]),
            *below,
        ]

    def _keys(self, kind: str, given: list[str], number: int, column: int, depth: int) -> Iterator[str]:
        match kind:
            case "delay":
                yield from ["action: delay", *given, f"# {number} inside", "duration: 2d12h"]
            case "template":
                yield from ["action: email", f"template:   t{number}  # {number} inside", *given]
            case "quoted":
                yield from ["'action': \"email\"", *given, 'subject: "One', '  two"', f"text: 'It''s # {number}'"]
            case "literal" | "folded":
                mark = "|" if kind == "literal" else ">-"
                yield from [
                    "action: email",
                    *given,
                    f"html: {mark}",
                    *(f"  {line}" if line else "" for line in _LITERAL),
                ]
                yield from ["", f"subject: Hello   # {number} inside"]
            case "condition":
                yield from ["action: condition", "tag: vip", *given, f"then:  # {number} inside"]
                yield from self._nested(column, depth)
                if self.draw(st.booleans()):
                    yield "else:"
                    yield from self._nested(column, depth)
            case _:
                yield from ["action: split", *given, "branches:"]
                for weight in (1, 2):
                    yield f"  - weight: {weight}"
                    yield "    steps:"
                    yield from (f"    {line}" for line in self._nested(column + 4, depth))

    def _nested(self, column: int, depth: int) -> list[str]:
        """The lines of steps inside a step, without its indentation."""
        return [line[column:] for line in self.steps(column + self.offset, 2, depth - 1)]


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """Texts of definitions, each with comments such as `# 3 above` that say which step they belong to."""
    layout = _Layout(draw, draw(st.sampled_from([0, 2, 4])), draw(st.sampled_from([" ", "   "])), draw(st.booleans()))
    head = ["# The head", "trigger:  # how", "  event: signup  # what", "", "steps:  # here they are"]
    tail = draw(st.sampled_from([[], ["", "# The tail", "sender: a@example.com  # who"], ["# The tail"]]))
    text = "\n".join([*head, *layout.steps(layout.offset, 5, 2), *tail])
    return draw(st.sampled_from([text, text + "\n", (text + "\n").replace("\n", "\r\n")]))

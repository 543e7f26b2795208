"""Faults in a file, each with its place and the line itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dripline.documents.faults import Faults
from dripline.documents.nodes import Fields, Items, Mark, Node
from dripline.documents.parsing import parse
from dripline.kernel.errors import Invalid, Problem

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_LONGEST_LINE = 160


def placed(problems: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """The problems with line and column, also those that were found in the tree and know only their path."""
    try:
        root = parse(text, Faults())
    except Invalid:
        return tuple(problems)
    marks = [_mark_of(root, problem.path) if problem.line is None else None for problem in problems]
    return tuple(
        problem if mark is None else replace(problem, line=mark.line, column=mark.column)
        for problem, mark in zip(problems, marks, strict=True)
    )


def excerpt(problem: Problem, name: str, text: str) -> str:
    """A problem as an editor would show it: `file:line:column: what is wrong`, and the line with a caret under it."""
    if problem.line is None or problem.column is None:
        return f"{name}: {problem}"
    what = replace(problem, line=None, column=None)
    return "\n".join([f"{name}:{problem.line}:{problem.column}: {what}", *_shown(text, problem.line, problem.column)])


def _shown(text: str, line: int, column: int) -> Iterator[str]:
    lines = text.splitlines()
    if line > len(lines) or column > _LONGEST_LINE:
        return
    source = lines[line - 1][:_LONGEST_LINE]
    # Tabs stay tabs under the line, so that the caret stands where the eye expects it.
    gap = "".join(letter if letter == "\t" else " " for letter in source[: column - 1])
    yield f"{line:>5} | {source}"
    yield f"      | {gap}^"


def _mark_of(node: Node | None, path: str) -> Mark | None:
    """Where a path leads to; where it leads nowhere, the last place on the way."""
    mark = node.mark if node is not None else None
    for index, key in _PART.findall(path):
        match node:
            case Items(items) if index and int(index) < len(items):
                node = items[int(index)]
                mark = node.mark or mark
            case Fields(entries) if (entry := next((each for each in entries if each.key == key), None)) is not None:
                node = entry.value
                mark = entry.value.mark or entry.mark or mark
            case _:
                break
    return mark

"""Changing lists and mappings that are written in lines of their own.

To an element belong its lines, the comments right above it, and those below it that are indented deeper than its
dash. All else stays where it is.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile

from dripline.documents.emitting import emit_entry, emit_items, emit_value
from dripline.documents.layout import Items, Pair, Pairs
from dripline.documents.splicing import (
    Splice,
    add_lines,
    as_lines,
    behind_colon,
    column_of,
    end_with_comments,
    is_first_on_line,
    line_end,
    line_start,
    lines_above,
    lines_below,
    lines_of,
)
from dripline.kernel.values import Json


def insert_items(text: str, holder: Pair, items: Items, index: int, values: Sequence[Json]) -> list[Splice]:
    """Put elements before the one at `index`, or behind the last."""
    column = column_of(text, items.items[0].dash)
    between = _space_between(text, holder, items)
    blocks = [as_lines(text, emit_items([value], column)) for value in values]
    return _put(text, holder, items, index, _joined(blocks, between))


def fill_items(text: str, holder: Pair, items: Items, values: Sequence[Json]) -> list[Splice]:
    """Put elements into a list that is written as `[]`."""
    colon = behind_colon(text, holder.end)
    lines = as_lines(text, emit_items(values, column_of(text, holder.start) + 2))
    return [Splice(colon, items.end), add_lines(text, line_end(text, items.end), lines)]


def remove_items(text: str, holder: Pair, items: Items, first: int, behind: int) -> list[Splice]:
    """Take out elements, each with the empty lines above it."""
    regions = _regions(text, holder, items)
    splices = [_with_space(text, regions, index) for index in range(first, behind)]
    if len(splices) < len(regions):
        return splices
    colon = behind_colon(text, holder.end)
    return [Splice(colon, colon, " []"), *splices]


def take_items(text: str, holder: Pair, items: Items, first: int, behind: int) -> str:
    """The lines of elements, indented as if their dashes stood in the first column."""
    column = column_of(text, items.items[0].dash)
    between = _space_between(text, holder, items)
    taken = (text[start:end] for start, end in _regions(text, holder, items)[first:behind])
    return _joined(["".join(_outdent(line, column) for line in _whole(text, each)) for each in taken], between)


def put_items(text: str, holder: Pair, items: Items, index: int, taken: str) -> list[Splice]:
    """Put lines that `take_items` gave before the element at `index`, or behind the last."""
    indent = " " * column_of(text, items.items[0].dash)
    lines = (f"{indent}{line}" if line.strip("\r\n") else line for line in lines_of(taken))
    return _put(text, holder, items, index, "".join(lines))


def change(
    text: str, pairs: Pairs, values: Mapping[str, Json], dropped: Collection[str], *, after: str | None
) -> list[Splice]:
    """Give keys other values, and take others away; new keys come behind `after`, else at the end."""
    there = {pair.key: pair for pair in pairs.pairs}
    if there.keys() <= set(dropped):
        return [_replace_all(text, pairs, values)]
    last = there.get(after, pairs.pairs[-1]) if after is not None else pairs.pairs[-1]
    return [
        *(each for key in dropped if key in there for each in _remove_pair(text, pairs, there[key])),
        *(each for key in values if key in there for each in _set_value(text, there[key], values[key])),
        *(_add_pair(text, last, key, values[key]) for key in values if key not in there),
    ]


def _replace_all(text: str, pairs: Pairs, values: Mapping[str, Json]) -> Splice:
    """Other keys in place of all that are there. A comment on the line of the last one stays."""
    column = column_of(text, pairs.pairs[0].start)
    lines = as_lines(text, [line for key, value in values.items() for line in emit_entry(key, value, column)])
    return Splice(pairs.pairs[0].start, pairs.end, lines.strip())


def _set_value(text: str, pair: Pair, value: Json) -> list[Splice]:
    """Give a key another value. A comment on the line of the key stays."""
    colon, old = behind_colon(text, pair.end), pair.value
    head, below = emit_value(value, column_of(text, pair.start))
    if "\n" in text[colon : old.start]:
        body = [Splice(colon, colon, head), Splice(line_start(text, old.start), line_end(text, old.end))]
        at = line_end(text, colon)
    else:
        body = [Splice(colon, old.end, head)]
        at = line_end(text, old.end)
    return [*body, add_lines(text, at, as_lines(text, below))] if below else body


def _add_pair(text: str, after: Pair, key: str, value: Json) -> Splice:
    """Give a mapping a new key, behind another one."""
    column = column_of(text, after.start)
    at = end_with_comments(text, after.value.end, column=column)
    return add_lines(text, at, as_lines(text, emit_entry(key, value, column)))


def _remove_pair(text: str, pairs: Pairs, pair: Pair) -> list[Splice]:
    """Take a key out of a mapping that has others."""
    end = line_end(text, pair.value.end)
    if is_first_on_line(text, pair.start):
        return [Splice(line_start(text, pair.start), end)]
    # It stands behind a dash: the next key takes its place, or the line below when a comment is in between.
    following = pairs.pairs[pairs.pairs.index(pair) + 1]
    is_next = end == line_start(text, following.start)
    return [Splice(pair.start, following.start)] if is_next else [Splice(pair.start, end, as_lines(text, [""]))]


def _put(text: str, holder: Pair, items: Items, index: int, block: str) -> list[Splice]:
    regions = _regions(text, holder, items)
    between = _space_between(text, holder, items)
    if index < len(regions):
        return [Splice(regions[index][0], regions[index][0], _joined([block, ""], between))]
    start, end = regions[-1]
    return [add_lines(text, end, block if _ends_blank(text[start:end]) else between + block)]


def _regions(text: str, holder: Pair, items: Items) -> list[tuple[int, int]]:
    """From where to where each element reaches, with its comments."""
    regions: list[tuple[int, int]] = []
    above = line_end(text, behind_colon(text, holder.end))
    for item in items.items:
        start = line_start(text, item.dash)
        for line in lines_above(text, start):
            if line.column is None or line.start < above:
                break
            start = line.start
        above = end_with_comments(text, max(item.dash + 1, item.value.end), column=column_of(text, item.dash))
        regions.append((start, above))
    return regions


def _space_between(text: str, holder: Pair, items: Items) -> str:
    """The empty line that stands between the elements, if there is one between the first two."""
    if len(items.items) < 2:
        return ""
    (_, end), (start, _) = _regions(text, holder, items)[:2]
    return as_lines(text, [""]) if any(not line.strip() for line in lines_of(text[end:start])) else ""


def _with_space(text: str, regions: Sequence[tuple[int, int]], index: int) -> Splice:
    """A region with the empty lines above it; the first with those below."""
    start, end = regions[index]
    if index == 0:
        below = takewhile(lambda line: line.is_blank, lines_below(text, end))
        return Splice(start, max((line.end for line in below), default=end))
    above = takewhile(lambda line: line.is_blank and line.start >= regions[index - 1][1], lines_above(text, start))
    return Splice(min((line.start for line in above), default=start), end)


def _joined(blocks: Sequence[str], between: str) -> str:
    """Blocks with empty lines between them, but none behind one that ends with such a line, which may be part of it."""
    *most, last = blocks
    return "".join(block if _ends_blank(block) else block + between for block in most) + last


def _ends_blank(block: str) -> bool:
    return block.endswith(("\n\n", "\n\r\n"))


def _whole(text: str, block: str) -> list[str]:
    """The lines of a block; the last one with an end, which the end of a text may lack."""
    lines = lines_of(block)
    return lines if block.endswith("\n") else [*lines[:-1], as_lines(text, lines[-1:])]


def _outdent(line: str, column: int) -> str:
    return line[min(column, len(line) - len(line.lstrip(" "))) :]

"""Changing lists and mappings that are written in brackets and braces, as JSON is."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from dripline.documents.emitting import emit_flow
from dripline.documents.layout import Items, Pair, Pairs
from dripline.documents.splicing import NotSpliced, Splice, column_of, is_first_on_line, line_end
from dripline.kernel.values import Json


def insert_items(text: str, items: Items, index: int, values: Sequence[Json]) -> list[Splice]:
    """Put elements before the one at `index`, or behind the last. There is at least one."""
    first = items.items[0].value
    return put_items(text, items, index, _apart(text, first.start).join(_written(text, first.start, values)))


def put_items(text: str, items: Items, index: int, taken: str) -> list[Splice]:
    """Put the letters of elements before the one at `index`, or behind the last."""
    apart = _apart(text, items.items[0].value.start)
    if index < len(items.items):
        start = items.items[index].value.start
        return [Splice(start, start, taken + apart)]
    end = items.items[-1].value.end
    return [Splice(end, end, apart + taken)]


def fill_items(text: str, holder: Pair, items: Items, values: Sequence[Json]) -> list[Splice]:
    """Put elements into an empty list."""
    if not is_first_on_line(text, holder.start):
        return [Splice(items.start, items.end, emit_flow(values))]
    column = column_of(text, holder.start)
    return [Splice(items.start, items.end, _pretty(values, column))]


def remove_items(text: str, items: Items, first: int, behind: int) -> list[Splice]:
    """Take out elements with their commas."""
    parts = [(item.value.start, item.value.end) for item in items.items]
    return _remove(text, parts, items.commas, first, behind)


def take_items(text: str, items: Items, first: int, behind: int) -> str:
    """The letters of elements that follow each other."""
    return text[items.items[first].value.start : items.items[behind - 1].value.end]


def change(
    text: str, pairs: Pairs, values: Mapping[str, Json], dropped: Collection[str], *, after: str | None
) -> list[Splice]:
    """Give keys other values, and take at most one away; new keys come behind `after`, else at the end.

    Raises:
        NotSpliced: there are no keys yet, several shall go, or one has no value.
    """
    there = {pair.key: pair for pair in pairs.pairs}
    gone = [there[key] for key in dropped if key in there]
    if not there or len(gone) > 1:
        raise NotSpliced
    last = there.get(after, pairs.pairs[-1]) if after is not None else pairs.pairs[-1]
    return [
        *(each for pair in gone for each in _remove_pair(text, pairs, pair)),
        *(_set_value(text, there[key], values[key]) for key in values if key in there),
        *(_add_pair(text, last, key, values[key]) for key in values if key not in there),
    ]


def replace(text: str, pairs: Pairs, value: Mapping[str, Json]) -> Splice:
    """Put another mapping in the place of one, in as many lines as that has."""
    brace = pairs.end - 1
    written = _pretty(value, column_of(text, brace)) if is_first_on_line(text, brace) else emit_flow(value)
    return Splice(pairs.start, pairs.end, written)


def _set_value(text: str, pair: Pair, value: Json) -> Splice:
    if pair.value.start == pair.value.end:
        raise NotSpliced
    return Splice(pair.value.start, pair.value.end, *_written(text, pair.start, [value]))


def _add_pair(text: str, after: Pair, key: str, value: Json) -> Splice:
    end = after.value.end
    [written] = _written(text, after.start, [value])
    return Splice(end, end, f"{_apart(text, after.start)}{emit_flow(key)}: {written}")


def _remove_pair(text: str, pairs: Pairs, pair: Pair) -> list[Splice]:
    index = pairs.pairs.index(pair)
    parts = [(each.start, each.value.end) for each in pairs.pairs]
    return _remove(text, parts, pairs.commas, index, index + 1)


def _remove(
    text: str, parts: Sequence[tuple[int, int]], commas: Sequence[int], first: int, behind: int
) -> list[Splice]:
    if behind < len(parts):
        return [Splice(parts[first][0], _next_start(text, commas[behind - 1] + 1, parts[behind][0]))]
    if first > 0:
        before, (start, end) = commas[first - 1], (parts[first][0], parts[-1][1])
        if not text[before + 1 : start].strip():
            return [Splice(before, end)]
        return [Splice(before, before + 1), Splice(start, end)]
    end = commas[-1] + 1 if len(commas) == len(parts) else parts[-1][1]
    return [Splice(parts[0][0], end)]


def _next_start(text: str, comma: int, start: int) -> int:
    """Where the next element begins; comments above it stay, those on the line of the comma go."""
    rest = text[comma : line_end(text, comma)]
    behind = comma + len(rest.rstrip("\r\n")) if rest.lstrip(" \t").startswith("#") else comma
    return start if not text[behind:start].strip() else behind


def _written(text: str, model: int, values: Sequence[Json]) -> list[str]:
    """Values as their model is written: in lines of their own when it begins one."""
    if not is_first_on_line(text, model):
        return [emit_flow(value) for value in values]
    return [_pretty(value, column_of(text, model)) for value in values]


def _pretty(value: Json, column: int) -> str:
    lines = msgspec.json.format(emit_flow(value), indent=2)
    return lines.replace("\n", "\n" + " " * column)


def _apart(text: str, model: int) -> str:
    return f",\n{' ' * column_of(text, model)}" if is_first_on_line(text, model) else ", "

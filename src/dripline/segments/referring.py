"""What the names in rules stand for, and what segments that name each other may look like. Pure."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.ids import SegmentId
from dripline.predicates.model import Predicate
from dripline.predicates.walking import tests_in
from dripline.segments.store import Named

DEEPEST = 5
"""How far segments may name segments that name segments."""
MOST_TESTS = 500
"""How many single tests rules may have, those of the segments that they name included."""


def refuse_unknown(kind: str, names: Collection[str], known: Collection[str], all_names: Collection[str]) -> None:
    """Refuse rules that name lists or segments which are not there.

    Raises:
        Invalid: says which, and what was probably meant.
    """
    if missing := sorted(set(names) - set(known)):
        raise Invalid.of([_unknown(kind, name, all_names) for name in missing])


def refuse_cycle(segment: SegmentId, refs: Collection[SegmentId], graph: Mapping[SegmentId, Named]) -> None:
    """Refuse that a segment names these, when one of them leads back to it.

    Raises:
        Invalid: says by which way.
    """
    for ref in sorted(refs):
        if (way := _way(ref, segment, graph)) is not None:
            names = " → ".join(graph[each].slug for each in (segment, *way))
            raise Invalid.at(
                "rules", f"The segment would be defined by itself: {names}.", expected="segments that do not name it"
            )


def refuse_depth(graph: Mapping[SegmentId, Named], segments: Collection[SegmentId]) -> None:
    """Refuse that these segments lie upon too many others, one upon the other.

    Raises:
        Invalid: says which one.
    """
    for segment in sorted(segments):
        if (depth := _depth(segment, graph)) > DEEPEST:
            raise Invalid.at(
                "rules",
                f"The segment {graph[segment].slug!r} would lie {depth} segments deep.",
                expected=f"at most {DEEPEST} segments that name each other in a row",
            )


def refuse_length(whole: Predicate) -> None:
    """Refuse rules with too many tests.

    Raises:
        Invalid: says how many.
    """
    if (count := sum(1 for _ in tests_in(whole))) > MOST_TESTS:
        raise Invalid.at(
            "rules",
            f"The rules have {count} conditions, those of the segments that they name included.",
            expected=f"at most {MOST_TESTS}",
        )


def upon(segment: SegmentId, graph: Mapping[SegmentId, Named]) -> list[SegmentId]:
    """The segments that name one, or name one that does, and so on: each after all that it names."""
    found: dict[SegmentId, int] = {}
    for other in graph:
        if other != segment and _way(other, segment, graph) is not None:
            found[other] = _depth(other, graph)
    return sorted(found, key=lambda each: (found[each], each))


def below(segments: Collection[SegmentId], graph: Mapping[SegmentId, Named]) -> set[SegmentId]:
    """These segments and all that they name, and so on."""
    found, waiting = set(segments), list(segments)
    while waiting:
        new = graph[waiting.pop()].refs - found
        found |= new
        waiting += new
    return found


def _way(start: SegmentId, end: SegmentId, graph: Mapping[SegmentId, Named]) -> tuple[SegmentId, ...] | None:
    if start == end:
        return (start,)
    for ref in sorted(graph[start].refs):
        if (way := _way(ref, end, graph)) is not None:
            return (start, *way)
    return None


def _depth(segment: SegmentId, graph: Mapping[SegmentId, Named]) -> int:
    return max((1 + _depth(ref, graph) for ref in graph[segment].refs), default=0)


def _unknown(kind: str, name: str, known: Collection[str]) -> Problem:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else None
    expected = f"the id, slug or name of a {kind}"
    return Problem("rules", f"There is no {kind} {name!r}.", found=name, expected=expected, hint=hint)

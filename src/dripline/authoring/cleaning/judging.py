"""What a model has lost or made up: links, pictures, Liquid, words."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from dripline.kernel.errors import Problem
from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html.keeping import inventory
from dripline.templates.blocks.model import Blocks
from dripline.templates.liquid.checking import excerpt
from dripline.templates.liquid.masking import mask
from dripline.templates.liquid.segments import Kind, segments

# What stands before the entries of a list that was no list yet.
_BULLETS = str.maketrans(dict.fromkeys("•‣◦▪●○∙·"))
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees of a mail, in its order: `words` is all of it without spaces, `single` for naming some.

    `descriptions` are what is read where images are not shown.
    """

    links: tuple[str, ...]
    images: tuple[str, ...]
    descriptions: tuple[str, ...]
    tags: tuple[str, ...]
    words: str
    single: tuple[str, ...]


def seen_of(blocks: Blocks) -> Seen:
    """What is seen of blocks, whatever the Liquid in them chooses."""
    html = compile_blocks(blocks)
    found = inventory(html)
    tags = tuple(html[each.start : each.end] for each in segments(html) if each.kind is Kind.TAG)
    images = (*found.images, *sorted(found.backdrops))
    words = found.words.translate(_BULLETS)
    return Seen(found.links, images, _descriptions(html), tags, words, _single(html))


def differences(before: Seen, after: Seen) -> list[Problem]:
    """What is not in the one as it is in the other: nothing, when no harm was done."""
    found = [
        *_between("link", before.links, after.links),
        *_between("image", before.images, after.images),
        *_between("Liquid tag", before.tags, after.tags),
    ]
    # More of them is better.
    if unread := Counter(before.descriptions) - Counter(after.descriptions):
        found.append(Problem("blocks", f"{_many('description', unread.total())} of images lost: {_named(unread)}"))
    if before.words != after.words:
        found += list(_between("word", before.single, after.single)) or [_in_order("word")]
    return found


def _between(what: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Problem]:
    if before == after:
        return
    lost, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    if lost:
        yield Problem("blocks", f"{_many(what, lost.total())} lost: {_named(lost)}")
    if added:
        yield Problem("blocks", f"{_many(what, added.total())} made up: {_named(added)}")
    if not lost and not added:
        yield _in_order(what)


def _in_order(what: str) -> Problem:
    return Problem("blocks", f"the {what}s are in another order")


def _many(what: str, count: int) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _named(found: Iterable[str]) -> str:
    names = [excerpt(each) for each in found]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _descriptions(html: str) -> tuple[str, ...]:
    alts = (node.attributes.get("alt") for node in LexborHTMLParser(html).css("img"))
    return tuple(alt for alt in alts if alt)


def _single(html: str) -> tuple[str, ...]:
    masked = mask(html)
    shown = {number for number, each in enumerate(masked.segments) if each.kind is Kind.OUTPUT}
    parser = LexborHTMLParser(masked.hide(lambda number: masked.word(number) if number in shown else ""))
    parser.strip_tags(["head", "style", "script", "title"])
    words = parser.text(separator=" ").translate(_BULLETS).split()
    return tuple(masked.put_back(word) for word in words)

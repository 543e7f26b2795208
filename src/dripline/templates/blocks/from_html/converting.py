"""From the HTML of a mail to its blocks.

What is understood becomes a block; the smallest part that is not stays HTML. At the end links, images and words are
counted: a part in which one is missing stays HTML too.
"""

from dataclasses import dataclass, replace

from dripline.kernel.errors import Invalid, Problem
from dripline.templates.blocks.from_html.documents import Document, read_document
from dripline.templates.blocks.from_html.proving import is_too_many, keeps, read
from dripline.templates.blocks.from_html.styling import Surroundings, image_behind
from dripline.templates.blocks.from_html.tree import weight_of
from dripline.templates.blocks.from_html.walking import Walker
from dripline.templates.blocks.model import Blocks
from dripline.templates.blocks.reading import Read

_PATIENCE = 50_000


@dataclass(frozen=True, slots=True)
class Converted:
    """The blocks of a mail, its subject and its line in the inbox where it said them, and a sentence for each doubt."""

    blocks: Blocks
    warnings: tuple[str, ...]
    subject: str | None = None
    preview_text: str | None = None


def blocks_of_html(html: str) -> Converted:
    """The blocks that show what HTML with Liquid shows.

    Raises:
        Invalid: it is too large, nested too deep, or there is nothing in it.
    """
    try:
        document = read_document(html)
        found, walker = _converted(document)
    except RecursionError:
        raise Invalid.at("html", "is nested too deep", expected="fewer elements in each other") from None
    if found.problems:
        raise Invalid.of([_about_html(problem) for problem in found.problems])
    warnings = (*document.warnings, *(str(each) for each in found.warnings), *walker.warnings())
    return Converted(found.blocks, warnings, document.subject, document.preview_text)


def _converted(document: Document) -> tuple[Read, Walker]:
    body = document.body
    # An image behind all of a mail is behind its blocks: their page has none.
    nodes = (replace(body, tag="div"),) if image_behind(body) else body.children
    around = Surroundings() if image_behind(body) else Surroundings().under(body)
    for patience in (None, _PATIENCE + 20 * weight_of(nodes)):
        walker = Walker(document.veil, patience=patience)
        pieces = walker.pieces(nodes, around)
        if keeps(nodes, pieces, document.veil):
            return read(pieces, document.veil), walker
        if is_too_many(pieces):
            break
    walker = Walker(document.veil)
    return read([walker.raw(nodes, around)], document.veil), walker


def _about_html(problem: Problem) -> Problem:
    if problem.path == "blocks" and problem.message == "is empty":
        return Problem("html", "shows nothing", expected="the HTML of a mail")
    return Problem("html", f"cannot be made blocks: {problem.path} {problem.message}", expected=problem.expected)

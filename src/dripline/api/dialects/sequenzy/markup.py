"""Mails that are sent as HTML: they become blocks, so that they can be edited as such."""

from dripline.api.dialects.sequenzy.notes import Notes
from dripline.kernel.errors import Invalid
from dripline.templates.blocks.from_html.converting import Converted, blocks_of_html
from dripline.templates.liquid.checking import check


def blocks_in(html: str, path: str, notes: Notes) -> Converted | None:
    """The blocks of a mail, with a warning for each doubt.

    None for what stays HTML: Liquid with a fault is told, with its line and column, by those who read it; and so is
    what is no mail at all.
    """
    if check(html, path).problems:
        return None
    try:
        converted = blocks_of_html(html)
    except Invalid:
        return None
    for warning in converted.warnings:
        notes.warn(f"{path}: {warning}")
    return converted

"""What looks odd in a template that may well be sent."""

from collections.abc import Iterator

import msgspec

from dripline.templates.blocks.reading import read_blocks
from dripline.templates.liquid.checking import fallbacks, raw_values, unknown_names
from dripline.templates.liquid.known_names import why_unknown
from dripline.templates.model import SourceKind, Template

# Gmail cuts a longer mail, and its end is where the link to opt out stands.
MOST_SHOWN_BYTES = 102_000


def warnings_of(template: Template) -> tuple[str, ...]:
    """A sentence for each thing that its author may want to look at."""
    return (*_of_blocks(template), *_of_texts(template), *too_long(template.html))


def too_long(html: str) -> Iterator[str]:
    """A sentence when the HTML is so long that Gmail does not show all of it."""
    if (size := len(html.encode())) > MOST_SHOWN_BYTES:
        yield f"The HTML has {size // 1000} kB; Gmail shows no more than {MOST_SHOWN_BYTES // 1000} kB of a mail."


def _of_texts(template: Template) -> Iterator[str]:
    """A sentence for each text that is shown for nothing, as it may have been meant as a filter, and each raw value."""
    written = [("subject", template.subject), ("previewText", template.preview_text), ("text", template.source_text)]
    if template.source_kind is not SourceKind.BLOCKS:
        written.append((template.source_kind, template.source))
    for path, part in written:
        yield from (str(problem) for problem in (*fallbacks(part or "", path), *raw_values(part or "", path)))
    if any(why_unknown(name) for name in template.variables):
        yield from (str(problem) for path, part in written for problem in unknown_names(part or "", path))


def _of_blocks(template: Template) -> tuple[str, ...]:
    if template.source_kind is not SourceKind.BLOCKS:
        return ()
    return tuple(str(each) for each in read_blocks(msgspec.json.decode(template.source)).warnings)

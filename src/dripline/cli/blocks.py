"""`dripline blocks`: mails made of blocks, on the command line."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from dripline.kernel.values import Json
    from dripline.templates.blocks.from_html.converting import Converted

blocks = App(name="blocks", help="Turn blocks into HTML, and HTML into blocks.")

_FILE = Parameter(help="A file; - reads standard input.", allow_leading_hyphen=True)


@blocks.command
def to_html(file: Annotated[Path, _FILE], /) -> None:
    """Write the HTML of a mail that is given as blocks: a JSON list of them, or a mapping with `blocks`, `previewText`.

    Needs no database. What looks odd is told on standard error; with a fault nothing is written, and it ends with 1.
    """
    import msgspec

    from dripline.kernel.errors import Invalid
    from dripline.templates.blocks.compiling import compile_blocks
    from dripline.templates.blocks.reading import read_blocks
    from dripline.templates.compiling import with_preview
    from dripline.templates.doubting import too_long

    try:
        given = msgspec.json.decode(_bytes_of(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"{file}: this is no JSON: {error}") from None
    read = read_blocks(given.get("blocks") if isinstance(given, dict) else given)
    if read.problems:
        raise Invalid.of(read.problems)
    html = with_preview(compile_blocks(read.blocks), _preview_text(given))
    _warn(*read.warnings, *too_long(html))
    sys.stdout.write(html + "\n")


@blocks.command
def from_html(
    file: Annotated[Path, _FILE],
    /,
    *,
    clean: Annotated[
        Literal["ai"] | None, Parameter(help="Let the language model of DRIPLINE_LLM_MODEL put them in order.")
    ] = None,
) -> None:
    """Write the blocks of a mail that is given as HTML: JSON with `blocks`, `subject` and `previewText`.

    No link, image or word is lost: what is not understood stays HTML, in a block of the type `html`. Needs no database.
    What looks odd is told on standard error; HTML that cannot be read is refused, and it ends with 1.
    """
    import msgspec

    from dripline.kernel.errors import Invalid
    from dripline.templates.blocks.from_html.converting import blocks_of_html
    from dripline.templates.blocks.model import write

    try:
        html = _bytes_of(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file}: this is no UTF-8: {error}") from None
    found = blocks_of_html(html)
    blocks, warnings = (write(found.blocks), found.warnings) if clean is None else _cleaned(found)
    told = {"blocks": blocks, "subject": found.subject, "previewText": found.preview_text}
    _warn(*warnings)
    written = msgspec.json.encode({name: value for name, value in told.items() if value is not None})
    sys.stdout.write(msgspec.json.format(written, indent=2).decode() + "\n")


def _cleaned(converted: "Converted") -> tuple[Sequence[Mapping[str, "Json"]], Sequence[str]]:
    """The blocks as a language model puts them in order, and what is to say of them."""
    import asyncio

    from dripline.accounts.connections.environment import environment_of
    from dripline.authoring.cleaning.cleaning import LIMITS, clean, warnings_after
    from dripline.authoring.models.asking import Model
    from dripline.authoring.models.endpoint import endpoint_from
    from dripline.cli.environment import environment
    from dripline.settings import read_settings
    from dripline.templates.blocks.model import write

    model = Model(endpoint_from(environment_of(read_settings(environment()))), LIMITS)
    cleaned = asyncio.run(clean(model, write(converted.blocks)))
    return cleaned.blocks, warnings_after(converted.warnings, cleaned)


def _preview_text(given: object) -> str | None:
    """The line that an inbox shows beside the subject, if it is given with the blocks."""
    from dripline.kernel.errors import Invalid
    from dripline.templates.liquid.checking import check

    text = given.get("previewText") if isinstance(given, dict) else None
    if text is None:
        return None
    if not isinstance(text, str):
        raise Invalid.at("previewText", "is no text", expected="a text")
    if problems := check(text, "previewText").problems:
        raise Invalid.of(problems)
    return text


def _warn(*warnings: object) -> None:
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def _bytes_of(file: Path) -> bytes:
    from dripline.kernel.errors import Refused

    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}.") from None

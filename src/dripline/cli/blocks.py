"""`dripline blocks`: mails made of blocks, on the command line."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

blocks = App(name="blocks", help="Turn blocks into HTML.")

_FILE = Parameter(help="A file; - reads standard input.", allow_leading_hyphen=True)


@blocks.command
def to_html(file: Annotated[Path, _FILE], /) -> None:
    """Write the HTML of a mail that is given as blocks: a JSON list of them, or a mapping with `blocks`.

    Needs no database. What looks odd is told on standard error; with a fault nothing is written, and it ends with 1.
    """
    import msgspec

    from dripline.kernel.errors import Invalid
    from dripline.templates.blocks.compiling import compile_blocks
    from dripline.templates.blocks.reading import read_blocks
    from dripline.templates.doubting import too_long

    try:
        given = msgspec.json.decode(_bytes_of(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"{file}: this is no JSON: {error}") from None
    read = read_blocks(given.get("blocks") if isinstance(given, dict) else given)
    if read.problems:
        raise Invalid.of(read.problems)
    html = compile_blocks(read.blocks)
    for warning in (*read.warnings, *too_long(html)):
        sys.stderr.write(f"warning: {warning}\n")
    sys.stdout.write(html + "\n")


def _bytes_of(file: Path) -> bytes:
    from dripline.kernel.errors import Refused

    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}.") from None

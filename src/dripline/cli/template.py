"""`dripline template`: templates, on the command line."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

template = App(name="template", help="Try templates out.")


@template.command
def render(
    *,
    jsonl: Annotated[bool, Parameter(help="Read and write lines of JSON.", negative=())],
    text: Annotated[bool, Parameter(help="Render as subjects and texts: values are not escaped.", negative=())] = False,
) -> None:
    """Render the templates on standard input, one on each line: {"template": …, "data": {…}}.

    Writes {"output": …} or {"error": …} for each, in their order, as soon as it is there. Needs no database; what a
    template may take in time, memory and output is limited as in a mail.
    """
    from dripline.cli.rendering import render_lines

    assert jsonl, "it cannot be left out"
    render_lines(sys.stdin.buffer, sys.stdout.buffer, is_text=text)

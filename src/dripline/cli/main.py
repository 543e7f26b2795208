"""The command `dripline`, put together from one file for each of its commands."""

import sys
from collections.abc import Sequence

from cyclopts import App

from dripline import __version__
from dripline.cli.blocks import blocks
from dripline.cli.bounce import bounce
from dripline.cli.demo import demo
from dripline.cli.doctor import doctor
from dripline.cli.drafts import draft
from dripline.cli.dry_run import dry_run
from dripline.cli.exporting import export
from dripline.cli.importing import import_
from dripline.cli.inbound import inbound
from dripline.cli.key import key
from dripline.cli.migrate import migrate
from dripline.cli.playbooks import playbook, playbooks
from dripline.cli.rotate_secrets import rotate_secrets
from dripline.cli.schema import schema
from dripline.cli.serve import serve
from dripline.cli.settings import settings
from dripline.cli.suppressions import suppressions
from dripline.cli.template import template
from dripline.cli.up import up
from dripline.cli.version import version
from dripline.cli.worker import worker
from dripline.kernel.errors import DriplineError, Invalid, Unprocessable

app = App(
    name="dripline",
    help="Email sequences that send once, on time, and only to people who should get them.",
    version=__version__,
    result_action="return_value",
)
for command in (up, demo, dry_run, schema, import_, export, serve, worker, inbound, migrate, doctor, settings, version):
    app.command(command)
app.command(playbooks)
app.command(playbook)
app.command(draft)
app.command(blocks)
app.command(bounce)
app.command(suppressions)
app.command(template)
app.command(rotate_secrets)
app.command(key)


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and end with its status: 0, or 1 after an error, which is told in one message."""
    try:
        status = app(sys.argv[1:] if words is None else list(words))
    except DriplineError as error:
        sys.stderr.write(f"{_message(error)}\n")
        sys.exit(1)
    sys.exit(status or 0)


def _message(error: DriplineError) -> str:
    if isinstance(error, Invalid | Unprocessable) and error.problems:
        return "\n".join(str(problem) for problem in error.problems)
    return error.message


if __name__ == "__main__":
    main()

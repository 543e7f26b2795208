"""`dripline playbooks` and `dripline playbook`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from dripline.authoring.playbooks.facts import Facts
    from dripline.authoring.playbooks.model import Playbook


def playbooks() -> None:
    """List the playbooks: whole sequences with their mails, to be made yours."""
    from dripline.authoring.playbooks.shelf import playbooks as all_playbooks
    from dripline.cli.tables import print_table

    rows = [
        (each.name, str(len(each.about.mails)), each.about.title, each.about.summary)
        for each in all_playbooks().values()
    ]
    print_table(("name", "mails", "title", "what it does"), rows)


def playbook(
    name: Annotated[str, Parameter(help="Which one; `dripline playbooks` lists them.")],
    /,
    *,
    create: Annotated[bool, Parameter(help="Make templates and a draft in a running product.", negative=())] = False,
    to: Annotated[Path | None, Parameter(help="Write its files into this folder.")] = None,
    slug: Annotated[str | None, Parameter(help="What to call it. Else by its name.")] = None,
    fact: Annotated[
        Sequence[str], Parameter(help="What only you know, as NAME=VALUE; may come several times.", negative=())
    ] = (),
    url: Annotated[str | None, Parameter(help="Address of the product. Else DRIPLINE_URL.")] = None,
    key: Annotated[str | None, Parameter(help="API key. Else DRIPLINE_KEY.")] = None,
    data: Annotated[Path | None, Parameter(help="Folder of the product, to find its address.")] = None,
) -> None:
    """Show a playbook, write it into files, or make it in a running product."""
    from dripline.authoring.playbooks.facts import facts_of
    from dripline.authoring.playbooks.making import warnings_of
    from dripline.authoring.playbooks.shelf import find_playbook

    chosen, given = find_playbook(name), _facts(fact)
    facts = facts_of(chosen, given)
    if create:
        from dripline.cli.product import client_of

        body = {"slug": slug or chosen.name, "facts": given}
        _tell_made(client_of(url=url, key=key, data=data).ask("POST", f"/api/playbooks/{name}", _json(body)))
    elif to is not None:
        _export(chosen, facts, slug or chosen.name, to)
        _warn(warnings_of(chosen, facts))
    else:
        _show(chosen, facts)


def _facts(words: Sequence[str]) -> dict[str, str]:
    from dripline.kernel.errors import Refused

    if wrong := next((word for word in words if "=" not in word), None):
        raise Refused(f"{wrong!r} is no fact: give NAME=VALUE.")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _show(playbook: "Playbook", facts: "Facts") -> None:
    from dripline.authoring.playbooks.facts import COMMON
    from dripline.authoring.playbooks.making import template_slug
    from dripline.cli.tables import print_table

    about = playbook.about
    sys.stdout.write(f"{about.title}: {about.summary}\n\n")
    print_table(("event", "what it means"), [(each.event, each.means) for each in about.events])
    sys.stdout.write("\n")
    means = {**COMMON, **about.facts}
    print_table(("fact", "what it is", "value"), [(name, means[name], facts.values[name]) for name in means])
    sys.stdout.write("\n")
    mails = [(template_slug(playbook.name, key), mail.subject) for key, mail in about.mails.items()]
    print_table(("template", "subject"), mails)
    sys.stdout.write(f"\n{playbook.definition}")


def _export(playbook: "Playbook", facts: "Facts", slug: str, folder: Path) -> None:
    """Write the definition, and each template as the body of PUT /api/templates/:slug."""
    from dripline.authoring.playbooks.facts import filled_in
    from dripline.authoring.playbooks.making import definition_of, template_slug
    from dripline.kernel.errors import Refused

    files = {"sequence.yaml": definition_of(playbook, slug).encode()}
    for key, mail in playbook.about.mails.items():
        draft = filled_in(mail, facts)
        said = {"name": draft.name, "subject": draft.subject, "previewText": draft.preview_text, "blocks": draft.blocks}
        files[f"templates/{template_slug(slug, key)}.json"] = _json(said, indent=2) + b"\n"
    if there := next((name for name in files if (folder / name).exists()), None):
        raise Refused(f"{folder / there} is there already: choose an empty folder.")
    for name, content in files.items():
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        except OSError as error:
            raise Refused(f"{folder / name} cannot be written: {error.strerror}.") from None
        sys.stdout.write(f"{folder / name}\n")


def _tell_made(answer: bytes) -> None:
    import msgspec

    made = msgspec.json.decode(answer)
    sys.stdout.write(f"{made['slug']}: a draft, with the templates {', '.join(made['templates'])}\n")
    _warn(made["warnings"])


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def _json(value: Mapping[str, object], *, indent: int = 0) -> bytes:
    import msgspec

    written = msgspec.json.encode(value)
    return msgspec.json.format(written, indent=indent) if indent else written

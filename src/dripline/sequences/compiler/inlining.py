"""Emails whose content stands in the sequence: each becomes a template of its own when the sequence is published."""

from dripline.sequences.language.model import Definition, Email
from dripline.sequences.language.walking import walk


def template_of(step: Email) -> str:
    """The name of the template that a step mails: the one it names, or `inline:<step id>` for its own content."""
    return step.template if step.template is not None else f"inline:{step.id}"


def templates_mailed(definition: Definition) -> set[str]:
    """The names of all templates that a definition mails."""
    return {template_of(placed.step) for placed in walk(definition) if isinstance(placed.step, Email)}

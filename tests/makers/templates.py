"""Makes templates."""

from datetime import UTC, datetime

from dripline.kernel.ids import TemplateId, new_uuid
from dripline.templates.model import SourceKind, Template


def a_template(
    *, subject: str = "Hi", html: str = "<p>Hi</p>", text: str = "Hi\n", variables: tuple[str, ...] = ()
) -> Template:
    """The first version of the template `welcome`, written as HTML."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Template(
        id=TemplateId(new_uuid()),
        slug="welcome",
        name="Welcome",
        version=1,
        subject=subject,
        preview_text=None,
        source_kind=SourceKind.HTML,
        source=html,
        source_text=None,
        html=html,
        text=text,
        variables=variables,
        created_at=now,
        updated_at=now,
    )

"""What a template finds under `contact.…`, the same in mails, tests, previews and dry runs."""

from collections.abc import Iterable, Mapping

from dripline.contacts.model import Contact
from dripline.kernel.values import Json


def recipient(contact: Contact, tags: Iterable[str]) -> Mapping[str, Json]:
    """The argument `contact` of `templates.scope.scope`; the tags in alphabetical order."""
    return {
        "email": contact.address.text,
        "userId": contact.user_id,
        "timezone": contact.timezone,
        "tags": sorted(tags),
        "properties": contact.properties,
    }

"""Names that no mail will ever know: most of them are slips of the pen.

A bare name may be a property of the contact or a variable of the send, so that only one that comes close to a name of
ours is doubted. What stands under `event` and `variables` is for their author to know.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

_UNDER: Mapping[str, tuple[str, ...]] = {
    "contact": ("email", "firstName", "lastName", "properties", "tags", "userId", "timezone"),
    "workspace": ("company", "postalAddress", "footerText", "website", "logo"),
    "discount": ("code", "percentOff", "amountOff", "currency", "expiresAt", "value", "provider", "name"),
}
_OBJECTS = (*_UNDER, "event", "variables")
_WORDS = (
    *("firstName", "lastName", "first_name", "last_name"),
    *("unsubscribe_url", "preferences_url", "unsubscribeUrl", "preferencesUrl"),
)
# What Liquid finds in anything.
_OF_ANYTHING = frozenset(("size", "first", "last"))
_LIKE_A_NAME, _LIKE_AN_OBJECT = 0.85, 0.75


def why_unknown(path: str) -> str | None:
    """What is wrong with a variable, as a dotted path; None where nothing is to be said."""
    root, *rest = path.split(".")
    object_ = root.lower() if root.isupper() else root
    if object_ in _UNDER:
        if not rest or rest[0] in _UNDER[object_] or rest[0] in _OF_ANYTHING:
            return None
        nearest = _nearest(rest[0], _UNDER[object_], before=f"{root}.")
        # Who writes `contact.plan` means a property.
        if not nearest and object_ == "contact":
            nearest = f", did you mean {root}.properties.{'.'.join(rest)}?"
        return f"{path} is nothing that a mail knows{nearest}"
    if object_ in _OBJECTS:
        return None
    known, cutoff = (_OBJECTS, _LIKE_AN_OBJECT) if rest else (_WORDS, _LIKE_A_NAME)
    # Properties are found whatever the case, and so is what is called like one of ours but for that.
    if root.lower() in {each.lower() for each in known} or not get_close_matches(root, known, 1, cutoff):
        return None
    return f"{path} is only there as a property or a variable{_nearest(root, known)}"


def _nearest(word: str, known: Sequence[str], *, before: str = "") -> str:
    matches = get_close_matches(word, known, 1)
    return f", did you mean {before}{matches[0]}?" if matches else ""

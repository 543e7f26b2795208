"""The key that an enrollment runs under: what tells one run of a contact in a sequence from another beside it."""

from collections.abc import Mapping

from dripline.kernel.values import Json
from dripline.sequences.language.model import Enrollment, EnrollmentMode

BUILT_IN = (
    "sequenceEnrollmentKey",
    "enrollmentKey",
    "product.providerVariantId",
    "product.variantId",
    "product.providerProductId",
    "product.productId",
    "product.id",
    "productId",
)
"""Where a key is looked for, in this order, when the author's own path does not give one."""

LONGEST = 512


def enrollment_key(enrollment: Enrollment, event: Mapping[str, Json] | None) -> str | None:
    """The key for an enrollment by an event with these properties; empty where every run of a contact is the same.

    None when the sequence asks for a key and the event has none: nobody is enrolled by it.
    """
    if enrollment.mode is not EnrollmentMode.MATCHING_FIELD:
        return ""
    paths = (enrollment.field, *BUILT_IN) if enrollment.field is not None else BUILT_IN
    return next((key for path in paths if (key := canonical(_at(event, path))) is not None), None)


def canonical(value: Json) -> str | None:
    """A value as a key: the number 42 and the text "42" are one; what is empty, and what is not one value, is none."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case str() if value.strip():
            return value.strip()[:LONGEST]
        case _:
            return None


def _at(value: Json, path: str) -> Json:
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value

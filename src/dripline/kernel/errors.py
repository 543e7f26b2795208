"""The family of errors. It is cut by the caller's question: should I try again?

`Refused` means no: the request or the text is wrong, or the state forbids it. `Unavailable` means later.
Anything else that escapes is a defect of ours. Only the front doors know status codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in something a user wrote: where it is, what was found, what was expected.

    `path` is dotted with indexes (`steps[2].duration`); `line` and `column` count from 1 and are
    there for texts (a definition, a template) only.
    """

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    found: str | None = None
    expected: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}, " if self.line is not None else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{place}{self.path}: {self.message}{hint}" if self.path else f"{place}{self.message}{hint}"


class DriplineError(Exception):
    """Everything this package raises on purpose."""

    code = "INTERNAL_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(DriplineError):
    """Do not try again: nothing was changed, and nothing will be."""

    code = "VALIDATION_ERROR"


class Invalid(Refused):
    """What was sent cannot be read as what it should be."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "Invalid":
        """One error for all the faults found; its message is the first of them."""
        first, *others = problems
        more = f" (and {len(others)} more)" if others else ""
        return cls(f"{first}{more}", problems)

    @classmethod
    def at(cls, path: str, message: str, *, found: str | None = None, expected: str | None = None) -> "Invalid":
        """One fault at one place."""
        return cls.of([Problem(path, message, found=found, expected=expected)])


class Unauthorised(Refused):
    """No key, or one that is unknown or revoked."""

    code = "UNAUTHORISED"


class Forbidden(Refused):
    """A good key that may not do this."""

    code = "FORBIDDEN"


class NotFound(Refused):
    """Nothing here goes by that id."""

    code = "NOT_FOUND"

    @classmethod
    def of(cls, kind: str, ref: str) -> "NotFound":
        return cls(f"There is no {kind} {ref!r}.")


class Conflict(Refused):
    """The state of the thing forbids it."""

    code = "CONFLICT"


class RevisionConflict(Conflict):
    """Somebody else wrote it first."""

    code = "REVISION_CONFLICT"

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(f"This is revision {found}; the change was made for revision {expected}.")


class TooLarge(Refused):
    """More bytes than the limit."""

    code = "PAYLOAD_TOO_LARGE"


class Unprocessable(Refused):
    """Readable, but it cannot be carried out as it stands."""

    code = "UNPROCESSABLE_ENTITY"

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "Unprocessable":
        first, *others = problems
        more = f" (and {len(others)} more)" if others else ""
        return cls(f"{first}{more}", problems)


class NotImplementedHere(Refused):
    """A route of something this release does not have."""

    code = "NOT_IMPLEMENTED"


class Unavailable(DriplineError):
    """Try again later: something we need does not answer."""

    code = "UNAVAILABLE"

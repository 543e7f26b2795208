"""What can come of asking the world for something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from dripline.kernel.values import Json


@dataclass(frozen=True, slots=True)
class Done:
    """It is there. `says` is what the visit says about it; `discount` is what later mails find."""

    says: str
    result: Mapping[str, Json]
    discount: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet: it is asked for again, after a while of its own or at least after `after`.

    `refused` says that the other side answered, and did nothing: the next request is another one. `patient` says that
    somebody has to do something about it first, so that it is tried for as long as it takes.
    """

    reason: str
    detail: str
    after: timedelta | None = None
    refused: bool = False
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """It will not come: whoever asked asked for something that is not to be had."""

    reason: str
    detail: str


Answer: TypeAlias = Done | Later | Never

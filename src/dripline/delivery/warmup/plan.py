"""How much a domain may send on each day of its warm-up. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LONGEST_RAMP = 3_660
"""A plan that would take longer than this to reach its target reaches it then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The limit of the first day, what each further day multiplies it by, and the limit that it grows to.

    Without other words 25, 1.5 and 5,000, as the published schedule has them.
    """

    starting_limit: int = 25
    target_limit: int = 5_000
    factor: Decimal = Decimal("1.5")

    def limit(self, day: int) -> int:
        """The most that may be sent on a day, counted from 1. Rounded half up, never more than the target."""
        if day >= LONGEST_RAMP:
            return self.target_limit
        limit = Decimal(self.starting_limit)
        for _ in range(day - 1):
            limit *= self.factor
            if limit >= self.target_limit:
                return self.target_limit
        return min(int(limit.quantize(Decimal(1), ROUND_HALF_UP)), self.target_limit)

    def days(self) -> int:
        """The number of the first day whose limit is the target."""
        if self.factor == 1 and self.starting_limit < self.target_limit:
            return LONGEST_RAMP
        limit, day = Decimal(self.starting_limit), 1
        while day < LONGEST_RAMP and limit.quantize(Decimal(1), ROUND_HALF_UP) < self.target_limit:
            limit, day = limit * self.factor, day + 1
        return day

"""Who is in the demo, and who does what on which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from dripline.kernel.values import Json

DAYS = 14
SEQUENCE = "trial-expiry"
STARTS = "trial.started"
TEMPLATES = ("trial-welcome", "trial-tips", "trial-feature-prompt", "trial-expiring-soon", "trial-expired")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who starts a trial on day 0. Without `plan` the event comes without that property."""

    name: str
    does: str
    plan: str | None = "trial"

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.com"


@dataclass(frozen=True, slots=True)
class Tracks:
    """An event of a person, with the properties that change with it."""

    day: int
    person: Person
    event: str
    properties: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Unsubscribes:
    """A person follows the link in the first mail."""

    day: int
    person: Person


@dataclass(frozen=True, slots=True)
class Letter:
    """A template as it stands in its file: a line `Subject: …`, an empty line, the body."""

    subject: str
    html: str


ADA = Person("Ada", "stays on the trial")
BEN = Person("Ben", "uses the feature on day 5")
CLEO = Person("Cleo", "buys on day 4")
DAN = Person("Dan", "came without a plan", plan=None)
EVE = Person("Eve", "unsubscribes on day 1")

PEOPLE = (ADA, BEN, CLEO, DAN, EVE)
TURNS: tuple[Tracks | Unsubscribes, ...] = (
    Unsubscribes(1, EVE),
    Tracks(4, CLEO, "subscription.started", {"plan": "pro"}),
    Tracks(5, BEN, "feature.activated", {"activatedFeature": True}),
)


def definition() -> str:
    """The sequence, as YAML."""
    return _text(f"{SEQUENCE}.yaml")


def letter(template: str) -> Letter:
    """A template of the sequence."""
    head, _, body = _text(f"letters/{template}.html").partition("\n\n")
    return Letter(head.removeprefix("Subject: "), body)


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")

"""What a segment is: rules, the tree that they are, and how far its members are known."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.kernel.ids import ContactId, JobId, SegmentId
from dripline.kernel.values import Json
from dripline.predicates.model import Predicate


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it stands.

    `rules` are as they were sent. `tree` names lists and other segments by id; `whole` has the trees of those segments
    in it, and is what is evaluated. The members that count are those of `generation`, which is None before the first
    build is done, and `outdated` when other rules built it. `building` is the generation that `job_id` builds; it has
    looked at the contacts up to `built_to`. Time rules are true up to `swept_until`, and are being moved to
    `sweeping_to`.
    """

    id: SegmentId
    slug: str
    name: str
    rules: Json
    tree: Predicate
    whole: Predicate
    refs: frozenset[SegmentId]
    generation: int | None
    outdated: bool
    building: int | None
    job_id: JobId | None
    built_to: UUID | None
    swept_until: datetime | None
    sweeping_to: datetime | None
    computed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def live(self) -> int | None:
        """The generation that changes are compared with: the one that counts, unless other rules built it."""
        return None if self.outdated else self.generation

    def has_looked_at(self, contact: ContactId) -> bool:
        """Whether the build that is under way has come to a contact already."""
        return self.building is not None and self.built_to is not None and contact <= self.built_to

"""The bodies of requests about sequences."""

from typing import Annotated, Any

import msgspec

from dripline.authoring.cleaning.requesting import Cleaning

Steps = Annotated[list[dict[str, Any]], msgspec.Meta(description="What happens, in order; see the reference.")]


class WireStopCondition(msgspec.Struct, frozen=True, rename="camel"):
    """What ends a run at once. `none`, or nothing at all: nothing does."""

    type: str = "none"
    value: str | None = None
    match_config: dict[str, Any] | None = None


class WireWindow(msgspec.Struct, frozen=True, rename="camel"):
    """When mail may go out: local times `HH:MM`. Without `days` every day, without `timezone` the contact's own."""

    enabled: bool = True
    timezone: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    days: list[str] | None = None


class WireFilter(msgspec.Struct, frozen=True):
    """What a property of the event must be."""

    path: str
    operator: str
    value: Any = None


class WireSettings(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a sequence is besides its steps."""

    enrollment_mode: str | None = None
    enrollment_field_path: str | msgspec.UnsetType | None = msgspec.UNSET
    stop_condition: WireStopCondition | None = None
    sending_window: WireWindow | None = None


class WireNewSequence(WireSettings, frozen=True, rename="camel", kw_only=True):
    """A sequence to draft. What belongs to another trigger than the one named is passed over.

    With `clean` a language model puts the blocks in order that mails with `html` become.
    """

    name: str
    trigger: str | None = None
    list_id: str | None = None
    list_ids: list[str] | None = None
    list_scope: str | None = None
    tag_name: str | None = None
    tag_names: list[str] | None = None
    segment_id: str | None = None
    stop_on_segment_exit: bool | None = None
    event_name: str | None = None
    property_filters: list[WireFilter] | None = None
    inactive_days: int | float | None = None
    inactivity_baseline: str | None = None
    min_count: int | float | None = None
    time_window_days: int | float | None = None
    goal: str | None = None
    email_count: int | float | None = None
    from_email: str | None = None
    from_name: str | None = None
    clean: Cleaning | None = None
    steps: Steps | None = None


class WireSequenceChanges(WireSettings, frozen=True, rename="camel", kw_only=True):
    """What to change. What is not named stays; `enrollmentFieldPath: null` goes back to the built-in paths."""

    name: str | None = None

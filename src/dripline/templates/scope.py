"""What the names in a template mean for one mail.

A bare name is looked for among the reserved names, then among the variables of the send, then among the contact's
properties as it is written, then among them whatever the case. The objects `contact`, `event`, `variables`, `discount`
and `workspace` are always themselves; a reserved name of the contact (`firstName`) that has no value is looked for
further.
"""

from collections.abc import Iterator, Mapping

from dripline.kernel.values import Json

_NOTHING: Mapping[str, Json] = {}

# Reserved names of single values, in all their spellings, and what they stand for.
_EMAIL, _FIRST, _LAST = "email", "firstName", "lastName"
_UNSUBSCRIBE, _PREFERENCES = "unsubscribeUrl", "preferencesUrl"
_RESERVED = {
    "email": _EMAIL,
    "EMAIL": _EMAIL,
    "firstName": _FIRST,
    "first_name": _FIRST,
    "FIRST_NAME": _FIRST,
    "lastName": _LAST,
    "last_name": _LAST,
    "LAST_NAME": _LAST,
    "unsubscribeUrl": _UNSUBSCRIBE,
    "unsubscribe_url": _UNSUBSCRIBE,
    "UNSUBSCRIBE_URL": _UNSUBSCRIBE,
    "preferencesUrl": _PREFERENCES,
    "preferences_url": _PREFERENCES,
    "PREFERENCES_URL": _PREFERENCES,
}
_OBJECTS = {
    "contact": "contact",
    "CONTACT": "contact",
    "event": "event",
    "EVENT": "event",
    "discount": "discount",
    "DISCOUNT": "discount",
    "variables": "variables",
    "workspace": "workspace",
}

UNSUBSCRIBE_NAMES = frozenset(name for name, meaning in _RESERVED.items() if meaning == _UNSUBSCRIBE)


def scope(
    contact: Mapping[str, Json],
    event: Mapping[str, Json] | None = None,
    variables: Mapping[str, Json] | None = None,
    unsubscribe_url: str | None = None,
    *,
    now: str | None = None,
    workspace: Mapping[str, Json] | None = None,
    discount: Mapping[str, Json] | None = None,
    preferences_url: str | None = None,
) -> Mapping[str, object]:
    """The names of one mail, looked up only when they are used.

    `contact` holds at least `email` and `properties`, and what else `contact.…` shall find; `event` are the properties
    of the event that enrolled it; `now` is the time of the mail in ISO 8601, which `'now' | date` means;
    `workspace` is what the mails of a workspace have in common; `discount` is the newest code of the run.
    """
    links = unsubscribe_url, preferences_url
    return _Scope(contact, event, variables, links, now, workspace, discount)


class _Scope(Mapping[str, object]):
    """Asked for names one by one; walked through by nobody."""

    __slots__ = ("_folded", "_properties", "_values", "_variables")

    def __init__(
        self,
        contact: Mapping[str, Json],
        event: Mapping[str, Json] | None,
        variables: Mapping[str, Json] | None,
        links: tuple[str | None, str | None],
        now: str | None,
        workspace: Mapping[str, Json] | None,
        discount: Mapping[str, Json] | None,
    ) -> None:
        self._properties = _properties(contact)
        self._variables = variables or _NOTHING
        self._folded: Mapping[str, Json] | None = None
        self._values: dict[str, object] = {
            "contact": _Contact(contact),
            "event": event,
            "variables": self._variables,
            "workspace": workspace,
            "discount": discount,
            _EMAIL: contact.get("email"),
            _FIRST: self._properties.get(_FIRST),
            _LAST: self._properties.get(_LAST),
            _UNSUBSCRIBE: links[0],
            _PREFERENCES: links[1],
            "now": now,
        }

    def __getitem__(self, name: str) -> object:
        meaning = _OBJECTS.get(name)
        if meaning is not None:
            return self._values.get(meaning)
        meaning = _RESERVED.get(name)
        if meaning is not None:
            value = self._values[meaning]
            # A link of the person, or an address, is never anything that somebody wrote into the data.
            if value is not None or meaning not in (_FIRST, _LAST):
                return value
        if name in self._variables:
            return self._variables[name]
        if name in self._properties:
            return self._properties[name]
        return self._in_any_case(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _in_any_case(self, name: str) -> object:
        if self._folded is None:
            self._folded = _fold(self._properties)
        folded = name.lower()
        if folded in self._folded:
            return self._folded[folded]
        if name == "now":
            return self._values["now"]
        raise KeyError(name)


class _Contact(Mapping[str, object]):
    """What `contact.…` finds: its own fields first, and its names, which are properties."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> object:
        if name in self._fields:
            return self._fields[name]
        if name in (_FIRST, _LAST):
            return _properties(self._fields)[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __str__(self) -> str:
        return str(self._fields.get("email", ""))


def _properties(contact: Mapping[str, Json]) -> Mapping[str, Json]:
    properties = contact.get("properties")
    return properties if isinstance(properties, Mapping) else _NOTHING


def _fold(properties: Mapping[str, Json]) -> Mapping[str, Json]:
    """The properties by lower-case name; the first of two that differ only by case is found."""
    folded: dict[str, Json] = {}
    for name, value in properties.items():
        folded.setdefault(name.lower(), value)
    return folded

"""Delivery status notifications (RFC 3464, RFC 6522): fields about one message and then about each recipient."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dripline.delivery.feedback.addresses import address_in_field
from dripline.delivery.feedback.wording import ENHANCED

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})\s{0,3}:\s{0,8}(.*)")
_NAMES = ("original-recipient", "final-recipient", "x-actual-recipient")
_DONE = ("deliver", "relay", "expand")


@dataclass(frozen=True, slots=True)
class Status:
    """What a report says of one recipient. `action` is `failed`, `delayed` or `delivered`."""

    address: str | None
    action: str
    status: str
    said: str


def read_statuses(text: str) -> list[Status]:
    """The recipients of a delivery status. Prose between the fields is passed over."""
    return [_status(block) for block in _blocks(text) if any(name in block for name in _NAMES)]


def _blocks(text: str) -> list[dict[str, str]]:
    """Groups of fields. A second recipient in one group begins another one: some servers forget the empty line."""
    blocks: list[dict[str, str]] = [{}]
    last = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t") and last and line.strip():
            blocks[-1][last] = f"{blocks[-1][last]} {line.strip()}"[:4_000]
            continue
        found = _FIELD.match(line)
        if found is None:
            last = ""
            if not line.strip() and blocks[-1]:
                blocks.append({})
            continue
        name = found[1].lower()
        if name in blocks[-1] and name in _NAMES:
            blocks.append({})
        last = name if name not in blocks[-1] else ""
        blocks[-1].setdefault(name, found[2].strip())
    return blocks


def _status(block: Mapping[str, str]) -> Status:
    given = [address for name in _NAMES if (address := address_in_field(block.get(name, "")))]
    code = ENHANCED.search(block.get("status", ""))
    status = ".".join(str(int(part)) for part in code.groups()) if code else ""
    said = " ".join(filter(None, (block.get(name, "") for name in ("diagnostic-code", "x400-supplementary-info"))))
    # Some write their reason behind the code, or instead of it.
    said = f"{said} {block.get('status', '') if not said else ''}".strip()
    return Status(given[0] if given else None, _action(block.get("action", ""), status), status, said)


def _action(word: str, status: str) -> str:
    word = word.strip().lower()
    if word.startswith("delay"):
        return "delayed"
    if word.startswith(_DONE) or (not word and status.startswith("2.")):
        return "delivered"
    return "failed"

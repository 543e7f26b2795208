"""Suppressed addresses as CSV: written, and read back with the place of every fault. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dripline.contacts.cells import read_text, write_text
from dripline.contacts.model import Suppression, SuppressionReason
from dripline.kernel.addresses import Address, parse_address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid

HEADER = ("email", "reason", "detail", "createdAt")
REASONS: Mapping[str, SuppressionReason] = {
    "bounced": SuppressionReason.BOUNCED,
    "bounce": SuppressionReason.BOUNCED,
    "complained": SuppressionReason.COMPLAINED,
    "complaint": SuppressionReason.COMPLAINED,
    "manual": SuppressionReason.MANUAL,
}
LONGEST_DETAIL = 500
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """An address to suppress, as a file names it."""

    address: Address
    reason: SuppressionReason
    detail: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row. Rows count from 1, the header being the first."""

    row: int
    column: str
    message: str


def write_rows(suppressions: Sequence[Suppression], *, header: bool = False) -> bytes:
    """Rows of a file; cells that a spreadsheet would run as a formula are guarded."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if header:
        writer.writerow(HEADER)
    for each in suppressions:
        cells = (each.email_key, each.reason.value, each.detail or "", iso(each.created_at))
        writer.writerow([write_text(cell) for cell in cells])
    return out.getvalue().encode()


def read_rows(content: bytes) -> tuple[list[NewSuppression], list[Fault]]:
    """The addresses of a file, and what is wrong with the other rows. Only the column `email` must be there.

    Raises:
        Invalid: it is no CSV in UTF-8 with that column.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"This is no CSV in UTF-8: {error}.") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if "email" not in names:
        raise Invalid.at("header", "has no column email", found=", ".join(names)[:200] or "nothing", expected="email")
    found: list[NewSuppression] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: read_text(cell).strip() for name, cell in zip(names, row, strict=False)}
        read = _row(number, cells)
        if isinstance(read, NewSuppression):
            found.append(read)
        else:
            faults.append(read)
    return found, faults


def _row(number: int, cells: Mapping[str, str]) -> NewSuppression | Fault:
    try:
        address = parse_address(cells.get("email", ""))
    except ValueError as error:
        return Fault(number, "email", str(error))
    reason = cells.get("reason") or "manual"
    if reason not in REASONS:
        return Fault(number, "reason", f"{reason[:50]!r} is none; expected bounced, complained or manual")
    detail = cells.get("detail", "").replace("\0", "")[:LONGEST_DETAIL]
    return NewSuppression(address, REASONS[reason], detail or None)

"""Bounces, delays and complaints as they came from many servers are read as people read them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dripline.delivery.feedback.model import BounceClass, Kind, Report
from dripline.delivery.feedback.reading import read_report

DATA = Path(__file__).parents[3] / "shared" / "data"
if not (DATA / "dsn-arf").exists():
    pytest.skip("the corpora are not here", allow_module_level=True)


def labelled() -> Iterator[tuple[dict[str, Any], Report]]:
    """Each mail whose recipients have a class."""
    for entry in json.loads((DATA / "dsn-arf" / "expected.json").read_bytes()):
        yield entry, read_report((DATA / "dsn-arf" / entry["file"]).read_bytes())


def old() -> Iterator[tuple[dict[str, Any], Report]]:
    """Each mail of the older collection, which has addresses but no classes."""
    for entry in json.loads((DATA / "flufl-bounce" / "expected.json").read_bytes()):
        yield entry, read_report((DATA / "flufl-bounce" / "samples" / entry["file"]).read_bytes())


def test_every_labelled_mail_is_of_its_kind() -> None:
    assert [entry["file"] for entry, report in labelled() if report.kind != entry["kind"]] == []


def test_every_class_and_status_is_right() -> None:
    wrong = []
    for entry, report in labelled():
        if entry["kind"] == "complaint":
            continue
        found = {each.address.lower(): (str(each.klass), each.status) for each in report.recipients}
        for person in entry["recipients"]:
            klass, status = found.pop(person["address"].lower(), ("", ""))
            if klass not in person["class"] or status != person["status"]:
                wrong.append((entry["file"], klass, status))
        wrong += [(entry["file"], *extra) for extra in found.values()]

    assert wrong == []


def test_addresses_are_right_in_95_percent_and_kinds_too() -> None:
    total = right = kinds = mails = 0
    for entry, report in old():
        wanted = {address.lower() for address in entry["permanent"] + entry["temporary"]}
        found = {each.address.lower() for each in report.recipients}
        total += len(wanted | found)
        right += len(wanted & found)
        mails += 1
        kinds += report.kind == {"message": "none"}.get(entry["kind"], entry["kind"])

    assert (right / total >= 0.95, kinds / mails >= 0.95, total > 130) == (True, True, True)


def test_what_is_no_bounce_is_never_called_one() -> None:
    ordinary = [report.kind for entry, report in old() if entry["kind"] in ("message", "auto_reply")]

    assert ordinary == [Kind.NONE, Kind.AUTO_REPLY]


def test_a_full_mailbox_a_delay_and_a_dead_line_are_never_hard() -> None:
    said = ("quota", "mailbox is full", "mailfolder is full", "timed out", "too many hops", "disk quota")
    wrong = [
        (entry["file"], person.reason)
        for entry, report in (*old(), *labelled())
        for person in report.recipients
        if person.klass is BounceClass.HARD
        and (report.kind is Kind.DELAY or any(words in person.reason.lower() for words in said))
    ]

    assert wrong == []

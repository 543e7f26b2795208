import zoneinfo

import pytest

from dripline.contacts.timezones import canonical_timezone
from dripline.kernel.errors import Invalid, Problem


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Eastern", "America/New_York"),
        ("utc", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        # It shares its rules with Berlin, and is a place of its own.
        ("Europe/Stockholm", "Europe/Stockholm"),
    ],
)
def test_a_zone_gets_its_name_of_today(given: str, name: str) -> None:
    assert canonical_timezone(given, "timezone") == name


def test_every_zone_is_read_and_stays_what_it_became() -> None:
    names = {canonical_timezone(text, "timezone") for text in zoneinfo.available_timezones() - {"localtime", "Factory"}}

    assert {canonical_timezone(name, "timezone") for name in names} == names
    assert {zoneinfo.ZoneInfo(name).key for name in names} == names


@pytest.mark.parametrize("text", ["", "Berlin", "+02:00", "../../etc/passwd", "Europe/Berlin\0", "Factory"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        canonical_timezone(text, "timezone")


def test_a_typing_error_gets_the_nearest_name() -> None:
    with pytest.raises(Invalid) as caught:
        canonical_timezone("Europe/Berln", "timezone")

    assert caught.value.problems == (
        Problem(
            "timezone",
            "is no time zone",
            found="'Europe/Berln'",
            expected="an IANA name such as Europe/Berlin",
            hint="Did you mean Europe/Berlin?",
        ),
    )

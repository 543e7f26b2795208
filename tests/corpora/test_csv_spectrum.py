"""Other people's CSV files give the rows that a right reader gets."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from dripline.contacts.importing.cutting import Cutter, cut_record
from dripline.contacts.importing.model import Form, Format, Place

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "csv-spectrum"
if not FOLDER.exists():
    pytest.skip("the corpora are not here", allow_module_level=True)

# Its rows belong to another file than the one that lies beside them.
_OTHERS = {"location_coordinates"}
_NAMES = sorted(file.stem for file in (FOLDER / "csvs").glob("*.csv") if file.stem not in _OTHERS)


@pytest.mark.parametrize("name", _NAMES)
def test_the_rows_of_a_file_are_those_beside_it(name: str) -> None:
    assert _rows(_content(name)) == json.loads((FOLDER / "json" / f"{name}.json").read_bytes())


def test_quotes_inside_a_cell_are_letters() -> None:
    [row] = _rows(_content("location_coordinates"))

    assert row == {
        "Contact Phone Number": "2095257564",
        "Location Coordinates": "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W",
        "Cities": "Modesto",
        "Counties": "Stanislaus",
    }


def _content(name: str) -> bytes:
    content = (FOLDER / "csvs" / f"{name}.csv").read_bytes()
    # Line ends do not survive every way of copying files.
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if name.endswith("_crlf") else content


def _rows(content: bytes) -> list[Mapping[str, str]]:
    head = cut_record(content, 0, True, ",")
    assert head is not None
    assert isinstance(head.cells, list)
    cutter = Cutter(Form(Format.CSV, Place(head.length)), Place(head.length))
    rows = [raw.cells for raw in cutter.feed(content[head.length :], is_last=True)]
    return [dict(zip(head.cells, map(str, cells or ()), strict=True)) for cells in rows]

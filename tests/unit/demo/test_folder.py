"""The demo empties its own folder, and no other."""

from pathlib import Path

import pytest

from dripline.database.embedded_folder import AlreadyRunning, DataFolder
from dripline.kernel.errors import Refused
from dripline.processes.demo.folder import MARK, make_fresh


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    make_fresh(folder)

    assert {entry.name for entry in folder.iterdir()} == {MARK, "lock"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_the_folder_of_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "demo", tmp_path / "elsewhere"
    make_fresh(folder)
    (folder / "postgresql").mkdir()
    (folder / "postgresql" / "PG_VERSION").write_text("18")
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (folder / "link").symlink_to(elsewhere)

    make_fresh(folder)

    assert {entry.name for entry in folder.iterdir()} == {MARK, "lock"}
    assert (elsewhere / "kept").exists()


def test_a_folder_that_is_no_demos_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(Refused, match="is not the folder of a demo, so it is not touched"):
        make_fresh(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_data_of_a_real_product_is_not_touched(tmp_path: Path) -> None:
    DataFolder(tmp_path).make().close()
    (tmp_path / "postgresql").mkdir()

    with pytest.raises(Refused):
        make_fresh(tmp_path)

    assert (tmp_path / "postgresql").exists()


def test_a_link_to_a_demos_folder_is_not_followed(tmp_path: Path) -> None:
    folder, link = tmp_path / "demo", tmp_path / "link"
    make_fresh(folder)
    link.symlink_to(folder)

    with pytest.raises(Refused):
        make_fresh(link)


def test_a_file_in_its_place_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "demo"
    file.write_text("mine")

    with pytest.raises(Refused):
        make_fresh(file)

    assert file.read_text() == "mine"


def test_a_demo_that_runs_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_fresh(folder)
    (folder / "its-data").touch()
    lock = DataFolder(folder).make()

    with pytest.raises(AlreadyRunning):
        make_fresh(folder)

    lock.close()
    assert (folder / "its-data").exists()

from pathlib import Path

import pytest

from dripline.delivery.transports.contract import Verdict
from dripline.delivery.transports.file import FileTransport
from tests.contract.transports import Arrived, TransportContract
from tests.makers.letters import an_envelope


class TestFile(TransportContract):
    @pytest.fixture
    def transport(self, tmp_path: Path) -> FileTransport:
        return FileTransport(tmp_path / "mail" / "one")

    @pytest.fixture
    def arrived(self, tmp_path: Path) -> Arrived:
        async def contents() -> list[bytes]:
            new = tmp_path / "mail" / "one" / "new"
            return [file.read_bytes() for file in sorted(new.iterdir())] if new.exists() else []

        return contents

    async def test_nothing_half_written_is_left(self, transport: FileTransport, tmp_path: Path) -> None:
        await transport.send(an_envelope())

        assert list((tmp_path / "mail" / "one" / "tmp").iterdir()) == []

    async def test_a_folder_that_cannot_be_says_nothing_about_the_letter(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file")
        transport = FileTransport(tmp_path / "taken" / "mail")

        reply, fault = await transport.send(an_envelope()), await transport.check()

        assert reply.verdict is Verdict.UNAVAILABLE
        assert fault is not None

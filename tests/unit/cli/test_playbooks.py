"""Playbooks on the command line."""

import json
from pathlib import Path

import pytest

from dripline.cli.main import main


def run(*words: object) -> int:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_playbook_is_shown_with_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    status = run("playbook", "dunning", "--fact", "product=Acme")

    shown = capsys.readouterr().out
    assert status == 0
    assert "payment.failed" in shown
    assert "The Acme team" in shown
    assert "template: dunning-failed" in shown


def test_a_playbook_is_written_into_files_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("playbook", "cart", "--to", tmp_path, "--slug", "mine", "--fact", "product=A&B")

    first, second = run(*words), run(*words)

    template = json.loads((tmp_path / "templates/mine-last-call.json").read_text())
    assert (first, second) == (0, 1)
    assert "template: mine-kept" in (tmp_path / "sequence.yaml").read_text()
    assert template["name"] == "Cart: the last mail"
    assert template["blocks"][-1]["content"].endswith("<p>The A&amp;B team</p>")
    assert "the mails hold examples: site, shipping" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["playbook", "carts"], "There is no playbook 'carts'. Did you mean 'cart'?"),
        (["playbook", "cart", "--fact", "product"], "'product' is no fact: give NAME=VALUE."),
        (["playbook", "cart", "--fact", "site=acme"], "facts.site: is no link that begins with https:// or http://"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(*words)

    assert (status, capsys.readouterr().err.strip()) == (1, message)


def test_all_playbooks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("playbooks") == 0
    assert "post-purchase" in capsys.readouterr().out

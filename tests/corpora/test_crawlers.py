"""Robots that say who they are: every instance of the public list is labelled."""

import json
from pathlib import Path

import pytest

from dripline.delivery.tracking.agents import is_mail_proxy, is_robot

LIST = Path(__file__).parents[3] / "shared" / "data" / "crawler-user-agents" / "crawler-user-agents.json"
if not LIST.exists():
    pytest.skip("the corpora are not here", allow_module_level=True)


def test_every_robot_of_the_list_is_told_from_a_person() -> None:
    agents = [agent for entry in json.loads(LIST.read_text("utf-8")) for agent in entry["instances"]]

    unknown = [agent for agent in agents if not is_robot(agent) and not is_mail_proxy(agent)]

    assert len(agents) > 2_000
    assert unknown == []

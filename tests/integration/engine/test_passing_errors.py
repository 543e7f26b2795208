"""A turn that fails for somebody else's sake is taken again: nobody is stuck because of it."""

import pytest
from structlog.testing import capture_logs

from dripline.database.pool import connect
from tests.makers.world import World

ONE_MAIL = "trigger: { event: go }\nsteps: [ { action: email, template: hello } ]"


def a_trigger(world: World, state: str) -> str:
    return f"""
    CREATE FUNCTION fail_turns() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'for somebody else''s sake' USING ERRCODE = '{state}'; END $$;
    CREATE TRIGGER fail_turns BEFORE UPDATE ON enrollment FOR EACH ROW
        WHEN (new.workspace_id = '{world.workspace_id}') EXECUTE FUNCTION fail_turns();
    """


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03"])
async def test_a_turn_that_was_rolled_back_for_others_leaves_everybody_due(world: World, state: str) -> None:
    await world.sequence(ONE_MAIL, templates=("hello",))
    await world.track("ann@example.com", "go")
    connection = await connect(world.parts.database.url)

    await connection.execute(a_trigger(world, state))
    with capture_logs():
        await world.parts.running.once()
    meanwhile = await world.messages()
    await connection.execute("DROP FUNCTION fail_turns CASCADE")
    await connection.close()
    await world.work()

    assert meanwhile == []
    assert [mail.to for mail in await world.inbox()] == ["ann@example.com"]
    assert [run.stuck_reason for run in await world.enrollments()] == [None]

"""Emails whose content stands in their sequence."""

from collections.abc import Sequence

import pytest

from dripline.delivery.identities import add_identity
from dripline.kernel.addresses import Mailbox, parse_address
from dripline.kernel.errors import Unprocessable
from dripline.sequences import lifecycle
from dripline.sequences.store import uses_of_template, versions
from dripline.templates.model import Template, TemplateDraft
from dripline.templates.pieces import PieceKind
from dripline.templates.piecing import PieceDraft, save_piece
from dripline.templates.saving import save_template
from dripline.templates.store import delete_template, list_templates
from tests.makers.world import World

TEXT = """\
trigger: {api: true}
steps:
  - action: email
    id: hello
    name: Say hello
    subject: "Hello {{ firstName }}"
    previewText: At last
    html: "<p>Welcome, {{ firstName }}</p>"
  - action: email
    id: notes
    subject: Notes
    text: |
      One & two
      three

      {% if plan == 'pro' %}<four>{% endif %}
"""


async def templates_of(world: World) -> Sequence[Template]:
    async with world.database.work() as tx:
        return await list_templates(tx, world.workspace_id, limit=100)


async def publish(world: World, text: str, *, slug: str = "a-sequence") -> None:
    async with world.database.work() as tx:
        await lifecycle.update(tx, world.workspace_id, slug, definition=text, now=await world.now())
    await world.activate(slug)


async def test_content_of_a_step_is_mailed(world: World) -> None:
    await world.sequence(TEXT)

    await world.enroll("a-sequence", "ann@example.com")
    await world.work()

    hello, notes = await world.inbox("ann@example.com")
    assert (hello.subject, hello.step, notes.subject, notes.step) == ("Hello", "hello", "Notes", "notes")
    assert hello.html is not None
    assert hello.html.index("At last") < hello.html.index("<p>Welcome, </p>")
    assert notes.html is not None
    assert "<p>One &amp; two<br>\nthree</p>" in notes.html.replace("\r\n", "\n")
    assert notes.text is not None
    assert notes.text.splitlines()[:2] == ["One & two", "three"]


async def test_each_step_becomes_a_template_of_its_own(world: World) -> None:
    sequence = await world.sequence(TEXT)

    made = await templates_of(world)
    assert [(each.slug, each.name, each.subject, each.preview_text) for each in made] == [
        ("a-sequence-hello", "Say hello", "Hello {{ firstName }}", "At last"),
        ("a-sequence-notes", "Notes", "Notes", None),
    ]
    async with world.database.work() as tx:
        [version] = await versions(tx, world.workspace_id, [(sequence.id, 1)])
        uses = await uses_of_template(tx, world.workspace_id, made[0].id, made[0].slug)
    assert version.templates == {"inline:hello": made[0].id, "inline:notes": made[1].id}
    assert uses == ["a-sequence"]
    assert sequence.definition == TEXT


async def test_a_slug_that_is_taken_is_left_alone(world: World) -> None:
    await world.template("a-sequence-hello", subject="Somebody else's")

    await world.sequence(TEXT)

    assert [(each.slug, each.subject) for each in await templates_of(world)] == [
        ("a-sequence-hello", "Somebody else's"),
        ("a-sequence-hello-2", "Hello {{ firstName }}"),
        ("a-sequence-notes", "Notes"),
    ]


async def test_what_was_edited_in_the_template_stays_until_the_step_says_something_else(world: World) -> None:
    await world.sequence(TEXT)
    async with world.database.work() as tx:
        edited = TemplateDraft(name="Edited", subject="Edited", html="<p>Edited</p>")
        await save_template(tx, world.workspace_id, "a-sequence-hello", edited, await world.now())

    await publish(world, TEXT.replace("Notes", "News").replace("Say hello", "Greet"))
    after_another_step = await templates_of(world)
    await publish(world, TEXT.replace("Notes", "News").replace("Welcome", "Good day"))
    after_this_step = await templates_of(world)

    assert [(each.subject, each.version) for each in after_another_step] == [("Edited", 2), ("News", 2)]
    assert [(each.subject, each.version) for each in after_this_step] == [("Hello {{ firstName }}", 3), ("News", 2)]


async def test_a_template_that_was_deleted_is_made_again(world: World) -> None:
    await world.sequence(TEXT)
    async with world.database.work() as tx:
        for template in await list_templates(tx, world.workspace_id, limit=100):
            await delete_template(tx, world.workspace_id, template.id)

    await publish(world, TEXT + "  - {action: delay, duration: 1d}\n")

    assert [each.slug for each in await templates_of(world)] == ["a-sequence-hello", "a-sequence-notes"]


async def test_content_that_cannot_be_a_template_is_refused_with_its_step(world: World) -> None:
    broken = TEXT.replace("Welcome, {{ firstName }}", "{% if a %}").replace("{% endif %}", "{% endfor %}")

    with pytest.raises(Unprocessable) as refused:
        await world.sequence(broken + "  - {action: email, id: gone, template: nobody}\n")

    assert {problem.path for problem in refused.value.problems} == {
        "steps[2].template",
        "steps[0].html",
        "steps[1].text",
    }
    assert all(problem.line is None for problem in refused.value.problems)
    assert await templates_of(world) == []


async def test_mjml_is_compiled(world: World) -> None:
    mjml = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"

    await world.sequence(f"trigger: {{api: true}}\nsteps:\n- {{action: email, subject: A, mjml: '{mjml}'}}\n")

    [template] = await templates_of(world)
    assert (template.slug, template.source) == ("a-sequence-email-1", mjml)
    assert "<table" in template.html


async def test_the_default_of_the_workspace_is_the_sender_of_what_names_none(world: World) -> None:
    async with world.database.work() as tx:
        ann = Mailbox(parse_address("Ann@example.com"), "Ann")
        reply_to = parse_address("help@example.com")
        await add_identity(tx, world.workspace_id, ann, reply_to=reply_to, is_default=True, now=await world.now())
    text = TEXT.replace("id: notes", "id: notes\n    sender: Bob <bob@example.com>")
    await world.sequence(text)

    await world.enroll("a-sequence", "eve@example.com")
    await world.work()

    assert [(mail.sender, mail.headers.get("Reply-To")) for mail in await world.inbox()] == [
        ("Ann <Ann@example.com>", "help@example.com"),
        ("Bob <bob@example.com>", None),
    ]


async def test_a_layout_stands_around_the_content_of_a_step_and_stays_with_its_template(world: World) -> None:
    async with world.database.work() as tx:
        body = PieceDraft("frame", html="<h1>Acme</h1>{{ content }}")
        await save_piece(tx, world.workspace_id, PieceKind.LAYOUT, "frame", body, await world.now())
    await world.sequence(TEXT.replace("    previewText: At last\n", "    layout: frame\n"))

    await world.enroll("a-sequence", "ann@example.com")
    await world.work()

    hello, _ = await world.inbox("ann@example.com")
    made = await templates_of(world)
    assert hello.html is not None
    assert hello.html.index("<h1>Acme</h1>") < hello.html.index("<p>Welcome, </p>")
    assert [each.layout for each in made] == ["frame", None]


async def test_a_layout_that_is_not_there_is_told_at_its_step(world: World) -> None:
    with pytest.raises(Unprocessable) as refused:
        await world.sequence(TEXT.replace("    previewText: At last\n", "    layout: frame\n"))

    [problem] = refused.value.problems
    assert (problem.path, problem.message) == ("steps[0].layout", "step 'hello': there is no layout 'frame'")

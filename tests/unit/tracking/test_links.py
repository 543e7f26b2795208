from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.tracking.links import LONGEST_TARGET, Clicked, Opened, TrackingLinks
from dripline.kernel.ids import MessageId, WorkspaceId, new_uuid

LINKS = TrackingLinks("a secret", "https://mail.example.com/")
WORKSPACE, MESSAGE = WorkspaceId(new_uuid()), MessageId(new_uuid())
TARGETS = st.text(min_size=1, max_size=200).map(lambda path: f"https://example.com/{path}")


def token_of(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".gif")


@given(TARGETS)
def test_a_click_leads_to_the_very_same_target(target: str) -> None:
    clicked = Clicked(WORKSPACE, MESSAGE, target)

    assert LINKS.read_click(token_of(LINKS.click_url(clicked))) == clicked


@given(TARGETS, st.data())
def test_a_token_that_is_changed_anywhere_leads_nowhere(target: str, data: st.DataObject) -> None:
    token = token_of(LINKS.click_url(Clicked(WORKSPACE, MESSAGE, target)))
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=%/ é"))
    changed = token[:place] + letter + token[place + 1 :]

    assert changed == token or LINKS.read_click(changed) is None


@given(st.text(max_size=300))
def test_what_is_no_token_leads_nowhere(text: str) -> None:
    assert LINKS.read_click(text) is None
    assert LINKS.read_open(text) is None


def test_a_picture_is_no_link_and_a_link_no_picture() -> None:
    opened = LINKS.open_url(Opened(WORKSPACE, MESSAGE))
    clicked = LINKS.click_url(Clicked(WORKSPACE, MESSAGE, ""))

    assert LINKS.read_open(token_of(opened)) == Opened(WORKSPACE, MESSAGE)
    assert LINKS.read_click(token_of(opened)) is None
    assert LINKS.read_open(token_of(clicked)) is None


def test_tokens_of_neighbouring_messages_share_no_beginning() -> None:
    tokens = [token_of(LINKS.open_url(Opened(WORKSPACE, MessageId(new_uuid())))) for _ in range(50)]

    assert len({token[:8] for token in tokens}) == 50


def test_links_stand_on_the_host_of_the_workspace_where_it_has_one() -> None:
    clicked = Clicked(WORKSPACE, MESSAGE, "https://example.com/")

    assert LINKS.click_url(clicked).startswith("https://mail.example.com/c/")
    assert LINKS.click_url(clicked, host="click.example.org").startswith("https://click.example.org/c/")


def test_links_to_ourselves_and_links_that_are_too_long_stay_as_they_are() -> None:
    long = "https://example.com/" + "a" * LONGEST_TARGET

    assert LINKS.through(Clicked(WORKSPACE, MESSAGE, "https://mail.example.com/u/token")) is None
    assert LINKS.through(Clicked(WORKSPACE, MESSAGE, long)) is None
    assert LINKS.through(Clicked(WORKSPACE, MESSAGE, "https://mail.example.com.evil.example/")) is not None


def test_links_made_with_a_former_key_still_work_and_those_of_another_do_not() -> None:
    url = LINKS.click_url(Clicked(WORKSPACE, MESSAGE, "https://example.com/"))

    assert TrackingLinks("a new secret", "https://x", ["a secret"]).read_click(token_of(url)) is not None
    assert TrackingLinks("a new secret", "https://x").read_click(token_of(url)) is None

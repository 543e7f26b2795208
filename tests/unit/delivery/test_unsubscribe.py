from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.tracking.links import Clicked, TrackingLinks
from dripline.delivery.unsubscribe import ConfirmToken, UnsubscribeLinks, UnsubscribeToken
from dripline.kernel.ids import ContactId, MessageId, WorkspaceId

LINKS = UnsubscribeLinks("a secret", "https://mail.example.com/")
TOKENS = st.builds(
    UnsubscribeToken,
    st.uuids().map(WorkspaceId),
    st.uuids().map(ContactId),
    st.uuids().map(MessageId),
)


@given(TOKENS)
def test_a_token_reads_back(token: UnsubscribeToken) -> None:
    assert LINKS.read(LINKS.sign(token)) == token
    assert LINKS.url(token) == f"https://mail.example.com/u/{LINKS.sign(token)}"


@given(TOKENS, st.data())
def test_a_token_with_one_other_letter_is_none(token: UnsubscribeToken, data: st.DataObject) -> None:
    text = LINKS.sign(token)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCDEFabcdef0123456789-_").filter(lambda each: each != text[place]))

    assert LINKS.read(text[:place] + letter + text[place + 1 :]) is None


@given(st.text(max_size=120))
def test_any_other_text_is_none(text: str) -> None:
    assert LINKS.read(text) is None


def test_a_token_of_another_installation_is_none() -> None:
    token = UnsubscribeToken(WorkspaceId(UUID(int=1)), ContactId(UUID(int=2)), MessageId(UUID(int=3)))

    assert UnsubscribeLinks("another secret", "https://x.example").read(LINKS.sign(token)) is None


@given(TOKENS)
def test_links_of_a_former_key_stay_good(token: UnsubscribeToken) -> None:
    today = UnsubscribeLinks("another secret", "https://mail.example.com", ["one between", "a secret"])

    assert today.read(LINKS.sign(token)) == token
    assert LINKS.read(today.sign(token)) is None


@given(TOKENS)
def test_a_token_is_good_for_one_purpose(token: UnsubscribeToken) -> None:
    confirm = ConfirmToken(token.workspace_id, token.contact_id, token.message_id)
    texts = [
        LINKS.sign(token),
        LINKS.sign_preferences(token),
        LINKS.confirm_url(confirm).removeprefix("https://mail.example.com/confirm/"),
    ]

    read = [[LINKS.read(text), LINKS.read_preferences(text), LINKS.read_confirm(text)] for text in texts]

    assert read == [[token, None, None], [None, token, None], [None, None, confirm]]


@given(TOKENS, st.sampled_from([None, "go.example.com"]))
def test_no_link_of_a_person_is_ever_tracked(token: UnsubscribeToken, host: str | None) -> None:
    tracking = TrackingLinks("a secret", "https://mail.example.com")
    confirm = ConfirmToken(token.workspace_id, token.contact_id, token.message_id)
    links = (LINKS.url(token), LINKS.preferences_url(token), LINKS.confirm_url(confirm))

    through = [tracking.through(Clicked(token.workspace_id, token.message_id, link), host=host) for link in links]

    assert through == [None, None, None]

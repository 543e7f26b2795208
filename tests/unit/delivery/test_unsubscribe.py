from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.unsubscribe import UnsubscribeLinks, UnsubscribeToken
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

    read = LINKS.read(text[:place] + letter + text[place + 1 :])

    # The last letter of base64 holds bits that mean nothing.
    assert read is None or place == len(text) - 1


@given(st.text(max_size=120))
def test_any_other_text_is_none(text: str) -> None:
    assert LINKS.read(text) is None


def test_a_token_of_another_installation_is_none() -> None:
    token = UnsubscribeToken(WorkspaceId(UUID(int=1)), ContactId(UUID(int=2)), MessageId(UUID(int=3)))

    assert UnsubscribeLinks("another secret", "https://x.example").read(LINKS.sign(token)) is None

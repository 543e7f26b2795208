import re
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.message.composing import compose
from dripline.delivery.message.labels import feedback_id, single_labels, stream_labels
from tests.makers.letters import a_letter
from tests.unit.message.plain_reading import read_mail
from tests.unit.message.reading import headers_of, parsed

WORKSPACE = UUID(int=7)


def test_a_mail_of_a_stream_names_its_list_and_its_four_feedback_fields() -> None:
    labels = stream_labels(WORKSPACE, "Trial.Expiry_2", "welcome", domain="bücher.example")

    content = compose(a_letter(headers=labels))

    mail = read_mail(content)
    assert mail.field("List-Id") == parsed(content)["List-Id"] == "<trial-expiry-2.xn--bcher-kva.example>"
    assert mail.field("Feedback-ID") == parsed(content)["Feedback-ID"] == "Trial.Expiry_2:welcome:sequence:b0de48e8e9ea"


def test_a_mail_that_a_system_asked_for_says_that_no_person_wrote_it_and_belongs_to_no_list() -> None:
    content = compose(a_letter(unsubscribe_url=None, headers=single_labels(WORKSPACE, "transactional", "receipt")))

    assert headers_of(content) == [
        "Message-ID",
        "Date",
        "From",
        "To",
        "Subject",
        "Feedback-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert read_mail(content).field("Auto-Submitted") == "auto-generated"


@given(st.text(), st.text(), st.text())
def test_feedback_has_four_short_fields_whatever_things_are_called(stream: str, step: str, kind: str) -> None:
    fields = feedback_id(WORKSPACE, stream, step, kind).split(":")

    assert len(fields) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,60}", each) for each in fields)
    assert 5 <= len(fields[-1]) <= 15


@given(st.text(), st.text())
def test_the_last_field_of_feedback_is_the_same_for_all_mail_of_a_workspace(stream: str, step: str) -> None:
    assert feedback_id(WORKSPACE, stream, step, "test").endswith(feedback_id(WORKSPACE, "a", "b", "c")[-13:])


@given(st.text())
def test_the_list_of_a_stream_is_a_domain_whatever_it_is_called(stream: str) -> None:
    name = stream_labels(WORKSPACE, stream, "step", domain="example.com")["List-Id"]

    assert re.fullmatch(r"<[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.example\.com>", name)

"""Answers in the languages and turns that servers use, and what they mean for the address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.reasons import classify

NOBODY = [
    "550 Empfänger unbekannt",
    "550 Das Postfach ist nicht vorhanden",
    "550 5.1.1 Adresse d'un destinataire inconnue",
    "550 Le destinataire n'existe pas",
    "550 El usuario no existe",
    "550 Dirección de correo desconocida: cuenta inválida",
    "550 Usuário não encontrado",
    "550 Indirizzo inesistente",
    "550 Gebruiker onbekend",
    "550 Konto nie istnieje",
    "550 Uživatel neexistuje",
    "550 Такого пользователя нет",
    "550 宛先が見つかりません",
    "550 用户不存在",
    "550 無此使用者",
    "550 ** No mail box available for this user **",
    "550 5.7.1 No mailbox found",
    "550 jane@customer.example...User unknown",
    "550-jane@customer.example is not an active address at this host",
    "550 BAD_RECIPIENT",
    "550 'jane' is not a registered subscriber",
    "554 delivery error: Rcpt <jane@customer.example> does not exist",
]
NO_HOST = [
    "[customer.example]: Name or service not known",
    "DNS lookup failure: host customer.example not found",
    "550 Host unknown (Authoritative answer from name server)",
    "an MX or SRV record indicated no SMTP service",
    "The domain customer.example doesn't receive email according to the administrator: returned Null MX",
    "521 5.3.2 System does not accept network messages",
]
FOR_NOW = [
    "552 Das Postfach des Empfängers ist voll",
    "552 La boîte aux lettres est pleine",
    "552 Buzón lleno",
    "552 Caixa postal cheia",
    "552 La casella di posta è piena",
    "552 Почтовый ящик переполнен",
    "552 容量オーバーです",
    "552 邮箱已满",
    "Name service error for name=customer.example type=MX: Malformed or unexpected name server reply",
    "550 5.1.1 <jane@customer.example> - 192.0.2.1 has sent to too many recipients this hour",
    "550 Mailbox is frozen",
    "User mailbox exceeds allowed size: jane@customer.example",
    "550 Empfänger vorübergehend nicht erreichbar, unbekannt",
]
AGAINST_US = [
    "SMTP error after MAIL FROM:<x@shop.example>: 550 5.1.7 No such domain shop.example",
    "550 5.1.0 does not exist (in reply to MAIL FROM command)",
    "553 5.1.8 <x@shop.example>... Domain of sender address x@shop.example does not exist",
    "Connected to 192.0.2.1 but my name was rejected. Remote host said: 501 5.0.0 Invalid domain name",
    "501 no access from mail server [192.0.2.1] which is an open relay",
    "550 5.1.1 RCP-P2 Refused due to recipient preferences",
    "553 http://www.spamhaus.org/query/bl?ip=192.0.2.1",
    "550 5.7.1 To reduce the amount of spam, this message has been blocked",
    "550 domain [shop.example] mismatches client ip 192.0.2.1",
    "The group you tried to contact may not exist, or you may not have permission to post messages to it",
]


@pytest.mark.parametrize("said", [*NOBODY, *NO_HOST])
def test_a_dead_address_is_told_in_any_language(said: str) -> None:
    assert classify(said) is BounceClass.HARD


@pytest.mark.parametrize("said", FOR_NOW)
def test_a_full_mailbox_and_a_bad_moment_are_never_the_end_of_an_address(said: str) -> None:
    assert classify(said, "5.1.1") is BounceClass.SOFT


@pytest.mark.parametrize("said", AGAINST_US)
def test_what_a_server_has_against_the_sender_is_no_word_about_the_recipient(said: str) -> None:
    assert classify(said, "5.1.1") is BounceClass.BLOCK


def test_no_mail_ever_is_for_good_even_under_a_code_for_now() -> None:
    assert classify("DNS Error: lookup responded NOERROR, returned Null MX", "4.0.0") is BounceClass.HARD


def test_what_a_server_quotes_counts_more_than_what_it_makes_of_it() -> None:
    said = "5.1.0 - Unknown address error 550-'5.7.1 <x@shop.example>... Access denied'"

    assert classify(said, "5.0.0") is BounceClass.BLOCK


def test_giving_up_after_attempts_is_for_now() -> None:
    assert classify("Delivery failed 20 attempts: jane@customer.example") is BounceClass.SOFT


@pytest.mark.parametrize(
    "said",
    [
        "554 Unbekannter Fehler",
        "550 Ваш IP заблокирован",
        "451 Неизвестная ошибка",
        "удаленный узел",
        "알 수 없는 오류",
    ],
)
def test_an_unknown_error_is_no_unknown_address(said: str) -> None:
    assert classify(said) is not BounceClass.HARD


def test_blocked_is_not_locked() -> None:
    assert classify("550 this has been blocked") is BounceClass.BLOCK


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FOR_NOW + AGAINST_US), st.from_regex(r"\A5\.[0-7]\.\d\Z"))
def test_no_code_turns_a_bad_moment_or_a_dislike_into_a_dead_address(said: str, status: str) -> None:
    assert classify(said, status) is not BounceClass.HARD

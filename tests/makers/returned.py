"""Mail that comes back, in the styles of the servers that send it."""

from dataclasses import dataclass

ADDRESS = "jane@customer.example"
OURS = "b7k2@bounces.shop.example"


@dataclass(frozen=True)
class Returned:
    """A mail, and what it is: kind, class and status of its one recipient."""

    text: str
    kind: str
    klass: str
    status: str = ""

    @property
    def raw(self) -> bytes:
        return self.text.encode()


def dsn(
    said: str,
    *,
    status: str,
    action: str = "failed",
    address: str = ADDRESS,
    to: str = OURS,
    prose: str = "Your message could not be delivered.",
    original: str = "Message-ID: <1@shop.example>\nTo: jane@customer.example\nSubject: Hello\n",
) -> str:
    """A report as RFC 3464 wants it."""
    return f"""From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

{prose}

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 20 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--cut
Content-Type: text/rfc822-headers

{original}
--cut--
"""


def notice(sender: str, subject: str, text: str) -> str:
    """A bounce in prose."""
    return f"From: {sender}\nTo: {OURS}\nSubject: {subject}\nContent-Type: text/plain\n\n{text}\n"


def arf(
    feedback: str = "abuse",
    *,
    to: str = "fbl@shop.example",
    recipient: str = ADDRESS,
    original: str = "Message-ID: <1@shop.example>\nTo: jane@customer.example\nSubject: Hello\n",
) -> str:
    """A complaint as RFC 5965 wants it."""
    return f"""From: feedback@mailbox.example
To: {to}
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="cut"

--cut
Content-Type: text/plain

This is an email abuse report.

--cut
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: Feedback/1.0
Version: 1
Original-Rcpt-To: {recipient}

--cut
Content-Type: message/rfc822

{original}
Hello!

--cut--
"""


POSTFIX = dsn(
    "550 5.1.1 <jane@customer.example>: Recipient address rejected: User unknown in virtual mailbox table",
    status="5.1.1",
    prose="""This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

<jane@customer.example>: host mail.customer.example[192.0.2.1] said: 550 5.1.1
    <jane@customer.example>: Recipient address rejected: User unknown""",
)
POSTFIX_DELAY = dsn(
    "connect to mail.customer.example[192.0.2.1]:25: Connection timed out", status="4.4.1", action="delayed"
)
EXIM = notice(
    "Mail Delivery System <Mailer-Daemon@relay.example>",
    "Mail delivery failed: returning message to sender",
    """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jane@customer.example
    host mail.customer.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<jane@customer.example>:
    550 No such user here

------ This is a copy of the message, including all the headers. ------

To: someone-else@other.example""",
)
EXCHANGE = dsn(
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    status="5.1.10",
    prose="Your message to jane@customer.example couldn't be delivered.\njane wasn't found at customer.example.",
)
EXCHANGE_FULL = dsn("554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", status="5.2.2")
GMAIL = dsn(
    "550-5.2.1 The email account that you tried to reach is disabled. Learn more at https://support.example/disabled",
    status="5.2.1",
)
GMAIL_BLOCK = dsn(
    "550-5.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy.", status="5.7.26"
)
QMAIL = notice(
    "MAILER-DAEMON@qmail.example",
    "failure notice",
    """Hi. This is the qmail-send program at qmail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jane@customer.example>:
192.0.2.1 does not like recipient.
Remote host said: 552 5.2.2 mailbox is full
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <x@shop.example>""",
)
OUTLOOK = dsn(
    "550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Their network is on our block list (S3150).",
    status="5.7.1",
)
YAHOO = notice(
    "MAILER-DAEMON@yahoo.example",
    "Failure Notice",
    """Sorry, we were unable to deliver your message to the following address.

<jane@customer.example>:
554: delivery error: dd This user doesn't have a yahoo.example account (jane@customer.example) [0]

--- Below this line is a copy of the message.""",
)
SENDMAIL = notice(
    "Mail Delivery Subsystem <MAILER-DAEMON@sendmail.example>",
    "Returned mail: see transcript for details",
    """The original message was received at Fri, 20 Nov 2026 10:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<jane@customer.example>
    (reason: 550 Host unknown)

   ----- Transcript of session follows -----
550 5.1.2 <jane@customer.example>... Host unknown (Name server: customer.example: host not found)""",
)

BOUNCES = {
    "postfix": Returned(POSTFIX, "bounce", "hard", "5.1.1"),
    "postfix_delay": Returned(POSTFIX_DELAY, "delay", "soft", "4.4.1"),
    "exim": Returned(EXIM, "bounce", "hard"),
    "exchange": Returned(EXCHANGE, "bounce", "hard", "5.1.10"),
    "exchange_full": Returned(EXCHANGE_FULL, "bounce", "soft", "5.2.2"),
    "gmail": Returned(GMAIL, "bounce", "hard", "5.2.1"),
    "gmail_block": Returned(GMAIL_BLOCK, "bounce", "block", "5.7.26"),
    "qmail": Returned(QMAIL, "bounce", "soft", "5.2.2"),
    "outlook": Returned(OUTLOOK, "bounce", "block", "5.7.1"),
    "yahoo": Returned(YAHOO, "bounce", "hard"),
    "sendmail": Returned(SENDMAIL, "bounce", "hard", "5.1.2"),
}

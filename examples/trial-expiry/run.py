"""Play the trial-expiry sequence on a running product: `API=… KEY=… python3 run.py`.

Two people start a trial; one of them uses the feature on day 5 and is spared the prompt. Needs the key of a test
workspace, and nothing but the standard library.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
API = os.environ.get("API", "http://127.0.0.1:8025/api")
KEY = os.environ["KEY"]
PEOPLE = {"lena@example.com": "Lena", "tom@example.com": "Tom"}


def call(method: str, path: str, body: object = None) -> Any:
    """The answer to one request. An error ends the program with what the product said."""
    request = urllib.request.Request(  # noqa: S310 (an address of the caller's own)
        f"{API}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310 (the same)
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {json.load(error)['message']}") from None


def load() -> None:
    """Write templates and sequence, and activate it unless it is active as it stands."""
    for file in sorted((HERE / "templates").iterdir()):
        head, _, body = file.read_text().partition("\n\n")
        template = {"name": file.stem, "subject": head.removeprefix("Subject: "), "mjml": body}
        call("PUT", f"templates/{file.stem}", template)
    definition = (HERE / "sequence.yaml").read_text()
    sequence = call("PUT", "sequences/trial-expiry", {"name": "Trial expiry", "definition": definition})
    if sequence["status"] != "active" or sequence["draft"]:
        call("POST", "sequences/trial-expiry/activate")


def advance(duration: str) -> datetime:
    """Move the test clock; gives the time that it then is."""
    return datetime.fromisoformat(call("POST", "test-clock/advance", {"duration": duration})["now"])


def play() -> datetime:
    """Fourteen days; gives the time at which they began."""
    # A new minute, so that nothing of an earlier run has happened at this very moment.
    start = advance("1m")
    for email, name in PEOPLE.items():
        contact = {"properties": {"firstName": name, "plan": "trial", "activatedFeature": None}}
        call("POST", "events", {"email": email, "event": "trial.started", "contact": contact})
    advance("5d")
    used = {"properties": {"activatedFeature": True}}
    call("POST", "events", {"email": "tom@example.com", "event": "feature.activated", "contact": used})
    advance("9d")
    return start


def show(start: datetime) -> None:
    """Print who got which mail on which day since `start`."""
    for email, name in PEOPLE.items():
        mails = call("GET", f"inbox?limit=100&email={urllib.parse.quote(email)}")["data"]
        for mail in reversed(mails):
            days = (datetime.fromisoformat(mail["sentAt"]) - start).days
            if days >= 0 and mail["sequence"] == "trial-expiry":
                print(f"{name:<5} day {days:>2}  {mail['subject']}")


if __name__ == "__main__":
    load()
    show(play())

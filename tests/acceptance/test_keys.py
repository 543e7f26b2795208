"""Keys made, seen and ended by `dripline key`, beside a product that runs."""

import subprocess
import time

import httpx
import pytest

from tests.makers.installation import DRIPLINE, TEST_KEY, Installation, environ


def key(installation: Installation, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DRIPLINE, "key", *words, "--data", str(installation.folder)],
        env=environ(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def status(installation: Installation, given: str, path: str = "/api/contacts") -> int:
    return httpx.get(f"{installation.url}{path}", headers={"Authorization": f"Bearer {given}"}).status_code


@pytest.mark.parametrize(
    ("options", "prefix", "clock"),
    [
        ((), "dl_test_", 200),
        (("--live",), "dl_live_", 403),
        (("--prefix", "pm_live_"), "pm_live_", 403),
        (("--prefix", "seq_live_", "--test"), "seq_live_", 200),
        (("--prefix", "kr_", "--live"), "kr_", 403),
    ],
)
def test_a_new_key_opens_the_workspace_that_was_asked_for(
    installation: Installation, options: tuple[str, ...], prefix: str, clock: int
) -> None:
    made = key(installation, "new", *options)

    text = made.stdout.strip()
    assert (made.returncode, made.stderr, text.startswith(prefix)) == (0, "", True)
    # Only a test workspace has a clock.
    assert (status(installation, text), status(installation, text, "/api/test-clock")) == (200, clock)


def test_a_revoked_key_is_refused_and_listed_as_such(installation: Installation) -> None:
    made = key(installation, "new").stdout.strip()

    ended, again = key(installation, "revoke", "-", text=f"{made}\n"), key(installation, "revoke", made)

    assert (ended.returncode, ended.stdout) == (0, "The key opens nothing any more.\n")
    assert (again.returncode, again.stderr) == (
        1,
        "This key opens nothing: it is unknown, or was revoked before.\n",
    )
    deadline = time.monotonic() + 10
    while status(installation, made) != 401 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (status(installation, made), status(installation, TEST_KEY)) == (401, 200)
    [row] = [line.split() for line in key(installation, "list").stdout.splitlines() if line.startswith(made[:12])]
    assert (row[1:3], len(row)) == (["Test", "test"], 5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--prefix", "sk_"),
            "Keys begin with dl_live_, dl_test_, kr_, pm_live_, pm_test_, seq_live_; not with 'sk_'.\n",
        ),
        (("--live", "--prefix", "dl_test_"), "A key that begins with dl_test_ opens the test workspace.\n"),
    ],
)
def test_a_key_that_cannot_be_is_refused(installation: Installation, options: tuple[str, ...], said: str) -> None:
    refused = key(installation, "new", *options)

    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", said)

"""A product that was started answers, and a folder has one product."""

import subprocess

import httpx

from tests.makers.installation import DRIPLINE, LIVE_KEY, TEST_KEY, Installation, environ, free_port


def test_health_is_ok_without_a_key(product: Installation) -> None:
    answers = [httpx.get(f"{product.url}{path}") for path in ("/api/health", "/health")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"status": "ok"})] * 2


def test_each_key_opens_its_own_workspace(installation: Installation) -> None:
    installation.ask("PUT", "/api/contacts", {"email": "only-in-test@example.com"})

    found = {
        key: httpx.get(
            f"{installation.url}/api/contacts/only-in-test@example.com", headers={"Authorization": f"Bearer {key}"}
        ).status_code
        for key in (TEST_KEY, LIVE_KEY, "dl_test_of_nobody")
    }

    assert found == {TEST_KEY: 200, LIVE_KEY: 404, "dl_test_of_nobody": 401}


def test_a_second_up_in_the_same_folder_is_refused_with_the_address(product: Installation) -> None:
    second = subprocess.run(
        [*DRIPLINE, "up", "--data", str(product.folder), "--port", str(free_port())],
        env=environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    said = f"Dripline is already running in {product.folder} at {product.url} (process {product.process.pid}).\n"
    assert (second.returncode, second.stdout, second.stderr) == (1, "", said)


def test_the_doctor_finds_an_installation_without_a_relay_sound(product: Installation) -> None:
    looked = subprocess.run(
        [*DRIPLINE, "doctor"],
        env=environ({"DRIPLINE_DATA_DIR": str(product.folder)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (looked.returncode, "problem" in looked.stdout, looked.stderr) == (0, False, "")

"""What a call says for one contact: values in its address are encoded, and none chooses who is called."""

import pytest

from dripline.delivery.calls.wording import in_address

ENCODED = "| url_encode | replace: '+', '%20'"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?e=1", "https://a.example/x?e=1"),
        (
            "https://a.example/{{ email }}?p={{plan|free}}",
            f"https://a.example/{{{{ email  {ENCODED} }}}}?p={{{{plan|free {ENCODED} }}}}",
        ),
        ("https://a.example/?e={{ email | url_encode }}", "https://a.example/?e={{ email | url_encode }}"),
        ("https://a.example/{% if pro %}a{% endif %}", "https://a.example/{% if pro %}a{% endif %}"),
        ("https://a.example/{{- email -}}", f"https://a.example/{{{{- email  {ENCODED} -}}}}"),
        ("https://a.example/{{ email", "https://a.example/{{ email"),
    ],
)
def test_values_in_an_address_are_encoded(url: str, expected: str) -> None:
    assert in_address(url) == expected

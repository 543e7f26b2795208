"""The reference of connections has every field of every provider, in the words of the program."""

from dripline.accounts.connections.fields import FIELDS
from tests.makers.installation import ROOT

TEXT = (ROOT / "docs" / "reference" / "connections.md").read_text()


def test_every_field_of_every_provider_is_there() -> None:
    missing = []
    for provider, fields in FIELDS.items():
        section = TEXT.partition(f"### `{provider.value}`\n")[2].partition("\n### ")[0]
        for field in fields:
            kind = ", ".join(word for word, is_so in (("needed", field.required), ("secret", field.secret)) if is_so)
            row = f"| `{field.name}` | {kind} | {field.about} Expected: {field.expected} |"
            if row not in section:
                missing.append(f"{provider.value}: {row}")

    assert missing == []

"""`dripline schema`."""

import sys


def schema() -> None:
    """Write the JSON Schema of the sequence language, for editors that check and complete YAML by one."""
    import msgspec

    from dripline.sequences.language.schema import language_schema

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(language_schema()), indent=2).decode() + "\n")

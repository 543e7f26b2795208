"""`dripline settings`."""

import os

from dripline.settings import SETTINGS, show_setting


def settings() -> None:
    """List all settings with default, unit, meaning and current value. Secrets are not shown."""
    from dripline.cli.tables import print_table

    print_table(
        ("setting", "default", "unit", "current", "meaning"),
        [
            (setting.name, setting.default, setting.unit, show_setting(setting, os.environ), setting.help)
            for setting in SETTINGS
        ],
    )

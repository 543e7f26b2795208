"""`dripline doctor`."""

import asyncio
import os


def doctor() -> int:
    """Check settings, database, roles, migrations, durability, worker and relay. Ends with 1 on a problem."""
    from dripline.cli.tables import print_table
    from dripline.processes.checkup import Verdict, check_up

    findings = asyncio.run(check_up(os.environ))
    print_table(
        ("checked", "verdict", "found"), [(finding.what, finding.verdict.value, finding.text) for finding in findings]
    )
    return 1 if any(finding.verdict is Verdict.PROBLEM for finding in findings) else 0

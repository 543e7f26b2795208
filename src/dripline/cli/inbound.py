"""`dripline inbound`."""

from dripline.cli.environment import environment, settings_to_serve


def inbound() -> None:
    """Take in mail that comes back, by SMTP or LMTP. As many as wanted, on as many machines."""
    settings = settings_to_serve(environment())

    from dripline.processes.inbound import run_inbound
    from dripline.telemetry import set_up_logging

    set_up_logging("inbound")
    run_inbound(settings)

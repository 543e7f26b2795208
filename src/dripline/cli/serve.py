"""`dripline serve`."""

from dripline.cli.environment import environment, settings_to_serve


def serve() -> None:
    """Run the API alone, as many as wanted, on as many machines."""
    settings = settings_to_serve(environment())

    from dripline.processes.api import run_api
    from dripline.telemetry import set_up_logging

    set_up_logging("api")
    run_api(settings)

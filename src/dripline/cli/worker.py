"""`dripline worker`."""

from dripline.cli.environment import environment, settings_to_serve


def worker() -> None:
    """Run one worker: it moves sequences on and hands mail over. As many as wanted, on as many machines."""
    settings = settings_to_serve(environment())

    from dripline.processes.worker import run_worker
    from dripline.telemetry import set_up_logging

    set_up_logging("worker")
    run_worker(settings)

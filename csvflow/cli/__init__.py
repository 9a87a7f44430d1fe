"""What people type. The only place that prints.

Each command is a module that parses, calls one service and renders. Commands import what they
need when they run, so that ``csvflow --help`` stays quick.
"""

import gc

_YOUNG = 20_000
"""Objects made before the collector looks for cycles: imports make many, and none to collect."""


def main() -> None:
    """Run the command line; ends the process with an exit code of ``csvflow.cli.exits``."""
    gc.set_threshold(_YOUNG)
    try:
        from csvflow.cli.app import app  # noqa: PLC0415 - an import of this package stays free

        app(prog_name="csvflow")
    except KeyboardInterrupt:
        # Before a command began, or after it ended: there is nothing to tell.
        raise SystemExit(130) from None

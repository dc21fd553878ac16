"""Run `make run`: start the whole platform on this machine, until Ctrl-C."""

import sys

from infra.local.preflight import check
from infra.local.signals import Stop, held_signals, stop_on_signals


def main() -> int:
    stop_on_signals()  # before all else: the check and the imports start children and take a moment
    try:
        with held_signals():
            check()
        try:  # after the check, whose messages are clearer than an ImportError
            from infra.local.run import run
        except ModuleNotFoundError as exc:
            sys.exit(
                f"{exc.name} is not installed here. `make run` makes the environment and starts this program in it."
            )
        return run()
    except Stop:
        return 0


if __name__ == "__main__":
    sys.exit(main())

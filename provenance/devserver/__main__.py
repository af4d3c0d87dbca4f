"""The command line of the supervisor; `./run` calls it in the environment that it made."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from provenance.broker import BrokerError
from provenance.devserver.environment import ROOT, Environment, StartError, hold, prepare
from provenance.devserver.pieces import COMMANDS, everything, welcome
from provenance.devserver.supervisor import Step, Supervisor, say


def main(arguments: Sequence[str]) -> int:
    """Run everything, or become one piece; the exit status, 1 with a sentence where that cannot be."""
    os.chdir(ROOT)
    try:
        environment = prepare(os.environ)
        match arguments:
            case []:
                _run_everything(environment)
            case ["exec", piece, *more] if piece in COMMANDS:
                argv = [*COMMANDS[piece](environment), *more]
                os.execve(argv[0], argv, dict(environment.variables))  # noqa: S606 - a command of our own
    except (StartError, BrokerError) as error:
        say(f"./run: {error}")
        return 1
    say(f"./run: the pieces are {', '.join(COMMANDS)}.")
    return 2


def _run_everything(environment: Environment) -> NoReturn:
    hold(environment.data_dir)
    say(f"Starting in {environment.data_dir}")
    Supervisor(env=environment.variables, logs=environment.data_dir / "logs").run(_with_welcome(environment))


def _with_welcome(environment: Environment) -> Iterator[Step]:
    yield from everything(environment)
    say(welcome(environment), on=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The faults. Each breaks something in mid-work and makes it whole again; what it returns says how much it hit."""

import time
from collections.abc import Callable

from sources.models import Capture
from tests.faults.stage import Stage
from tests.worker import Worker

_FULL_FOR = 15.0  # seconds
_FULL_FOR_SHORT = 2.0


def killed(stage: Stage) -> int:
    """kill -9 of all workers in mid-fetch; new ones come."""
    stage.work()
    stage.work()
    stage.ask(stage.site.numbers)
    hit = stage.until_in_the_middle()
    stage.end_work()
    stage.skip_ahead()
    stage.work()
    return hit


def flushed(stage: Stage) -> int:
    """FLUSHALL while messages wait; more captures are asked for after."""
    first, rest = _halves(stage)
    stage.work()
    stage.ask(first)
    stage.until_in_the_middle()
    hit = stage.broker.messages()
    stage.broker.flush()
    stage.ask(rest)
    stage.broker.flush()
    return hit


def emptied(stage: Stage) -> int:
    """kill -9 of the broker, which comes back with nothing; captures are asked for while it is away."""
    first, rest = _halves(stage)
    stage.work()
    stage.ask(first)
    hit = stage.until_in_the_middle()
    stage.broker.kill()
    stage.ask(rest)
    stage.broker.start()
    return hit


def crashed(stage: Stage) -> int:
    """PostgreSQL restarted immediately, in the middle of everything."""
    assert stage.postgresql
    stage.work()
    stage.ask(stage.site.numbers)
    hit = stage.until_in_the_middle()
    stage.postgresql.restart()
    stage.until(Capture.objects.exists)
    stage.skip_ahead()
    return hit


def stalled(stage: Stage) -> int:
    """SIGSTOP of all workers past their leases; others take over, and then the stopped ones go on."""
    stopped = [stage.work(), stage.work()]
    stage.ask(stage.site.numbers)
    stage.until_in_the_middle()
    hit = stage.until(lambda: _paused(stopped, stage))
    stage.let_leases_lapse()
    stage.work()
    # Half are somebody else's by now; at the other half they race.
    stage.until(lambda: Capture.objects.filter(lease_losses__gt=0).count() >= hit / 2)
    for worker in stopped:
        worker.go_on()
    return hit


def full(stage: Stage) -> int:
    """The store takes nothing for a while; what was fetched meanwhile is fetched again."""
    stage.work()
    stage.ask(stage.site.numbers)
    stage.until_in_the_middle()
    stage.store.fill()
    time.sleep(_FULL_FOR_SHORT if stage.short else _FULL_FOR)
    stage.store.clear()
    stage.skip_ahead()
    return sum(worker.log.read_text().count("could not be stored") for worker in stage.workers)


def delivered_twice(stage: Stage) -> int:
    """Every message is delivered twice, from requests, sweeps and tasks alike."""
    from tests.faults import twice  # from now on in this process too

    for _ in range(2):
        stage.work("--include", twice.__name__)
    stage.ask(stage.site.numbers)
    return len(twice.sent)


FAULTS: dict[str, Callable[[Stage], int]] = {
    "killed": killed,
    "flushed": flushed,
    "emptied": emptied,
    "crashed": crashed,
    "stalled": stalled,
    "full": full,
    "twice": delivered_twice,
}


def _paused(workers: list[Worker], stage: Stage) -> int:
    """Stop them all; how many captures they hold. Where one held SQLite's one write lock, they go on, and it is 0.

    So stopped, it holds up every other writer for as long as it is stopped: nobody could take over, whatever we do.
    """
    for worker in workers:
        worker.pause()
    if stage.can_write() and (held := stage.running()):
        return held
    for worker in workers:
        worker.go_on()
    return 0


def _halves(stage: Stage) -> tuple[range, range]:
    middle = len(stage.site.numbers) * 3 // 4
    return stage.site.numbers[:middle], stage.site.numbers[middle:]

"""The pieces of the service: the command of each, and the order in which `./run` starts them."""

import http.client
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import redis

from provenance import broker
from provenance.demo.chains import SLUGS
from provenance.devserver.environment import Demo, Environment, StartError, require_free
from provenance.devserver.supervisor import Child, Step, Task

_CELERY = ("celery", "--app", "provenance")


def web(environment: Environment) -> list[str]:
    """One process with four threads: requests are short. Raises StartError when its port is taken."""
    cure = f"end what listens there, or choose another: PORT={environment.port + 1} ./run"
    require_free(environment.port, cure=cure)
    serve = ["granian", "--interface", "wsgi", "--no-ws", "--workers", "1", "--blocking-threads", "4"]
    # A client that holds its connection open does not hold up the end.
    listen = ["--workers-kill-timeout", "5", "--host", "127.0.0.1", "--port", str(environment.port)]
    return _python(*serve, *listen, "provenance.wsgi:application")


def worker(_: Environment) -> list[str]:
    """Three processes of a pool: on two cores there is then one that works while another waits for sites or the disk.

    Its name has our process number: several may run on one machine.
    """
    name = f"worker-{os.getpid()}@%h"
    # Nothing here listens to what workers tell each other; asking round costs a second at every start.
    quiet = ["--without-gossip", "--without-mingle"]
    return _python(*_CELERY, "worker", "--concurrency", "3", "--hostname", name, "--loglevel", "INFO", *quiet)


def reserve(environment: Environment) -> list[str]:
    """One process more that leaves rounds of captures alone: for whoever waits for one page, and for what is quick."""
    alone = ["--concurrency", "1", "--queues", "celery", "--hostname", f"reserve-{os.getpid()}@%h"]
    return [*worker(environment), *alone]


def beat(environment: Environment) -> list[str]:
    """The clock of the sweeps: one for all workers of a database."""
    schedule = environment.data_dir / "celerybeat-schedule"
    return _python(*_CELERY, "beat", "--schedule", str(schedule), "--loglevel", "INFO")


def manage(_: Environment) -> list[str]:
    """manage.py, of which the command is still to be given."""
    return [sys.executable, "manage.py"]


COMMANDS: Mapping[str, Callable[[Environment], list[str]]] = {
    "web": web,
    "worker": worker,
    "beat": beat,
    "manage": manage,
}


def everything(environment: Environment) -> Iterator[Step]:
    """All steps of `./run`, in order. Raises StartError or BrokerError, between two of them, for an obstacle."""
    serve = web(environment)  # now, so that a busy port is named before anything runs
    yield from _broker(environment)
    yield Task("migrate", [*manage(environment), "migrate", "--no-input"])
    if environment.demo:
        yield from _press(environment, environment.demo)
    yield Child("web", serve, ready=partial(_serves, environment.port))
    yield Child("worker", worker(environment))
    yield Child("reserve", reserve(environment))
    yield Child("beat", beat(environment))
    if environment.demo:
        yield Task("demo chain", [*manage(environment), "seed_demo"], shown=True)


def welcome(environment: Environment) -> str:
    """Where to look, and as whom to log in."""
    demo = environment.demo
    lines = [f"Claims      {environment.address}/"]
    if demo:
        lines += [f"Explorer    {environment.address}/claims/{SLUGS['outage']}/"]
    lines += [
        f"GraphiQL    {environment.address}/graphql/",
        f"API docs    {environment.address}/api/docs/",
        f"Admin       {environment.address}/admin/",
    ]
    if demo:
        lines += [
            "",
            f"Log in as   admin    {demo.admin_password}",
            f"       or   curator  {demo.curator_password}",
            f"Partner     Authorization: Api-Key {demo.partner_key}",
            f"Demo press  http://nyt.press.localhost:{demo.press_port}/mumbai-outage-warning",
        ]
    return "\n".join(
        ["", *lines, "", f"Logs are in {environment.data_dir / 'logs'}. Ctrl-C stops everything.", ""]
    )


def _broker(environment: Environment) -> Iterator[Step]:
    if environment.redis_url:
        if not _answers(environment.redis_url):
            raise StartError(
                "No server answers at REDIS_URL: start it, or unset REDIS_URL to use the embedded broker."
            )
        return
    url = broker.embedded_url(environment.data_dir)
    if _answers(url):  # two servers would write one file
        raise StartError(
            "The broker of an earlier ./run is still there: try again in ten seconds, or end it."
        )
    yield Child("broker", broker.server_command(environment.data_dir), ready=partial(_answers, url))


def _press(environment: Environment, demo: Demo) -> Iterator[Step]:
    require_free(demo.press_port, cure="the addresses of the demo press have it: end what listens there.")
    yield Child("demo press", _python("provenance.demo.press", "--port", str(demo.press_port)))


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):  # ValueError: not a URL of a Redis
        return False


def _serves(port: int) -> bool:
    # 400 counts: ALLOWED_HOSTS need not have 127.0.0.1.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _python(*module: str) -> list[str]:
    return [sys.executable, "-m", *module]

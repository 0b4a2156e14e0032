"""`demo`: everything on this machine with one command. `token`: to be one of its personas."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app.cli.words import DEMO_DIR, say, stop

if TYPE_CHECKING:
    from datetime import date
    from threading import Thread

    from app.cli.connection import Connection
    from app.cli.progress import Steps
    from app.demo.councils import DemoCouncil
    from app.demo.folder import DemoFolder
    from app.demo.invented import Event
    from app.embedded import Cluster

Folder = Annotated[Path, typer.Option("--dir", help="Where its data and secrets are kept.")]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(
    empty: Annotated[bool, typer.Option("--empty", help="The councils and their policies only, no data.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 chooses a free one.")] = 8000,
    folder: Folder = DEMO_DIR,
) -> None:
    """Start everything on this machine: PostgreSQL, two invented councils, the service. Ctrl-C stops all of it."""
    from app.cli.progress import Steps
    from app.cli.serving import listen
    from app.demo.folder import DemoFolder
    from app.demo.trying import things_to_try

    kept = DemoFolder(folder)
    signals = _Signals()
    with signals.taken(), ExitStack() as running, signals.raised():
        _claim(kept, running, empty=empty)
        listener = listen("127.0.0.1", port, f"Choose another: supervision demo --port {port + 10}")
        running.callback(listener.close)
        with Steps() as steps:
            cluster = _database(kept, running, steps)
            service = _service(kept, running, steps, cluster, listener)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _fill(kept, url, steps, empty=empty)
        kept.note_url(url)
        say(things_to_try(kept, url, sys.argv[0]))
        _caught_up(cluster)
        if not empty:
            _draw(kept, url)
        service.join()
        raise stop("The service has ended by itself.", f"{folder / 'service.log'} may say why.")


class _Signals:
    """Ctrl-C (SIGINT), SIGTERM and SIGHUP are the ordinary way to end a demo."""

    def __init__(self) -> None:
        self.told = False

    @contextmanager
    def raised(self) -> Iterator[None]:
        """In the block they interrupt whatever is done; after it they are ignored: stopping is not cut short."""

        def interrupt(*_: object) -> NoReturn:
            self.told = True
            raise KeyboardInterrupt

        for number in SIGNALS:
            signal.signal(number, interrupt)
        try:
            yield
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """An end that a signal brought about is a good end, whatever error the interruption became on its way."""
        try:
            yield
        except (KeyboardInterrupt, Exception):
            if not self.told:
                raise
            say("Stopped. The data is kept for the next start.")


def _claim(kept: "DemoFolder", running: ExitStack, *, empty: bool) -> None:
    """The folder made and locked for this process."""
    from app.demo.folder import AlreadyRunning

    try:
        kept.prepare()
        running.enter_context(kept.lock())
    except AlreadyRunning:
        raise stop(
            f"A demo is running in {kept.path} already, at {kept.url or 'an address it will tell in a moment'}.",
            "Use that one, or start another beside it: supervision demo --dir OTHER --port 8010",
        ) from None
    except OSError as error:
        raise stop(
            f"The folder {kept.path} cannot be used: {error.strerror}.", "Name another: supervision demo --dir OTHER"
        ) from None
    except PermissionError:
        raise stop(
            f"{kept.path} belongs to another user.", "Choose another folder: supervision demo --dir OTHER"
        ) from None
    if empty and kept.load != "nothing":
        raise stop(f"{kept.path} holds invented data.", "For empty councils choose a new folder: --empty --dir OTHER")


def _database(kept: "DemoFolder", running: ExitStack, steps: "Steps") -> "Cluster":
    """PostgreSQL with this version's tables and the demo's councils."""
    import asyncio
    from datetime import UTC, datetime

    from app.db import EarlierForm, migrate
    from app.demo.running import make_councils
    from app.embedded import NotStarted, start

    try:
        with steps.step("PostgreSQL"):
            cluster = start(kept.path / "postgres")
            running.callback(cluster.stop)
    except NotStarted as error:
        raise stop(str(error)) from None
    try:
        with steps.step("Tables"):
            migrate(cluster.owner_url)
    except EarlierForm:
        raise stop(
            f"What {kept.path} holds was made by an earlier version, and this one cannot read it.",
            "It is invented: remove it with `make clean`, or begin in another folder: supervision demo --dir OTHER",
        ) from None
    with steps.step("Councils"):
        asyncio.run(make_councils(cluster.owner_url, kept.deployment_keys, datetime.now(UTC)))
    return cluster


def _service(
    kept: "DemoFolder", running: ExitStack, steps: "Steps", cluster: "Cluster", listener: socket.socket
) -> "Thread":
    """The service, its worker and the signer, with new tokens for everyone; their log goes to the folder."""
    from app.cli.checking import refuse_unsafe
    from app.cli.serving import http_server
    from app.cli.signing import signer_beside
    from app.cli.working import worker_beside
    from app.demo.running import NotServing, serving, settings, signer_settings
    from app.main import create_app

    kept.write_tokens(int(time.time()))
    log = running.enter_context(kept.log())
    try:
        with steps.step("Tokens"):
            issuer_url = _issuer(kept, running)
        given = settings(kept, cluster, listener.getsockname()[1], issuer_url)
        refuse_unsafe(given)
        with steps.step("Service"):
            with redirect_stdout(log):
                app = create_app(given)
            service = running.enter_context(serving(http_server(app), listener))
    except NotServing:
        raise stop("The service did not start.", f"{kept.path / 'service.log'} may say why.") from None
    running.enter_context(worker_beside(given, log))
    running.enter_context(signer_beside(signer_settings(kept, cluster), log))
    return service


def _issuer(kept: "DemoFolder", running: ExitStack) -> str:
    """The demo's own issuer of tokens, on a free port of this machine; where it answers."""
    from app.cli.serving import http_server, listen
    from app.demo.issuer import application
    from app.demo.running import serving

    listener = listen("127.0.0.1", 0, "Is the loopback interface up?")
    running.callback(listener.close)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.enter_context(serving(http_server(application(kept.issuer, kept.clients, url)), listener))
    kept.write_clients(url)
    return url


def _fill(kept: "DemoFolder", url: str, steps: "Steps", *, empty: bool) -> None:
    """Policies adopted and, unless it is to be empty, the invented data recorded: over HTTP, as anyone else would."""
    from datetime import datetime

    from app.cli.connection import Connection, demo_token
    from app.demo.councils import COUNCILS
    from app.events.facts import LONDON

    with steps.step("Policies", len(COUNCILS)) as advance:
        for council in COUNCILS:
            admin = Connection(url, demo_token(kept.path, council.id, "admin"))
            pack = {"policy_yaml": council.pack(), "applies_from": council.applies_from.isoformat()}
            admin.post("/v1/policies/adopt", pack)
            advance(1)
    if empty:
        return
    today = datetime.now(LONDON).date()
    if kept.load != "all":
        first_day = kept.begin_load(today)
        for council in COUNCILS:
            _tell(kept, url, council, first_day, steps)
        kept.finish_load()
    _grant(kept, url, today, steps)


def _grant(kept: "DemoFolder", url: str, today: "date", steps: "Steps") -> None:
    """What is given to some of the people for a time, where it does not hold already."""
    from app.cli.connection import Connection, demo_token
    from app.demo.grants import GRANTS

    with steps.step("Access given for a time", len(GRANTS)) as advance:
        for council, grants in GRANTS.items():
            by = {who: Connection(url, demo_token(kept.path, council, who)) for who in {each.giver for each in grants}}
            holding = by["admin"].get("/v1/access-grants", live_on=today.isoformat(), limit=500)["items"]
            for grant in grants:
                if not grant.is_among(council, holding):
                    by[grant.giver].post("/v1/access-grants", grant.asked(council, today))
            advance(1)


def _tell(kept: "DemoFolder", url: str, council: "DemoCouncil", first_day: "date", steps: "Steps") -> None:
    """One council's year, and the names to display."""
    from app.cli.connection import Connection, demo_token

    systems = Connection(url, demo_token(kept.path, council.id, "integration"))
    events, place = council.history(first_day), council.id.capitalize()
    _load(systems, events, f"A year in {place}", steps)
    names = [(f"{kind}/{who}", name) for kind, each in council.directory(events).items() for who, name in each.items()]
    with steps.step(f"Names in {place}", len(names)) as advance:
        for who, name in names:
            systems.put(f"/v1/directory/{who}", {"name": name})
            advance(1)


def _load(sender: "Connection", events: "list[Event]", what: str, steps: "Steps") -> None:
    import orjson

    from app.cli.events import send

    lines = ((event["id"], orjson.dumps(event)) for event in events)
    with steps.step(what, len(events)) as advance:
        tally = send(sender, lines, advance)
    if tally.rejected:
        raise stop(f"Some of the invented data was refused: {tally.told()}")


def _caught_up(cluster: "Cluster") -> None:
    """Return when the lists hold everything that is recorded: answers about one worker or case never wait for that."""
    import asyncio

    from app.cli.progress import Steps
    from app.demo.running import what_waits

    waiting = asyncio.run(what_waits(cluster.service_url))
    if not waiting:
        return
    say("The lists over everybody are still being made; everything else is there.")
    with Steps() as steps, steps.step("Lists", waiting) as advance:
        while waiting:
            time.sleep(0.1)
            left = asyncio.run(what_waits(cluster.service_url))
            advance(waiting - left)
            waiting = left


def _draw(kept: "DemoFolder", url: str) -> None:
    """A sample of files for an audit, once: it is drawn from the lists, so it comes after them."""
    from datetime import datetime

    from app.cli.connection import Connection, Refused, demo_token
    from app.demo import samples
    from app.events.facts import LONDON

    drawer = Connection(url, demo_token(kept.path, samples.COUNCIL, samples.DRAWER))
    try:
        drawer.get(f"/v1/audit-samples/{samples.SAMPLE}")
    except Refused:
        drawn = drawer.post("/v1/audit-samples", samples.wanted(), headers={"Prefer": "wait=30"})
        selected = [each["worker_id"] for each in drawn["selected"]]
        drawer.post("/v1/events", samples.audits(selected, datetime.now(LONDON).date()))


def token(
    council: Annotated[str, typer.Option(help="shropshire or luton.")],
    persona: Annotated[str, typer.Option(help="supervisee, supervisor, hr, auditor, integration, admin …")],
    folder: Folder = DEMO_DIR,
) -> None:
    """Print a new token of the demo's own issuer, good for an hour."""
    from app.cli.connection import demo_token

    say(demo_token(folder, council, persona))

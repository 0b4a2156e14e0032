"""What it costs that people see only what is theirs: an answer asked for by a client and by a supervisor, and texts.

Both ask whether the same workers are supervised; of the supervisor it is found out first how they stand to the
worker. A case's record is read with its texts, and each reading is on the trace before it is sent. Single events with a
text are appended beside others without: a text has a key of its own subject.
"""

from collections.abc import Callable, Iterator
from itertools import cycle

from bench.client import closed_loop, connected, request
from bench.compliance import filled
from bench.invented import MARK, Block, block, marks
from bench.measuring import Slice, Turn, ratios, take_turns
from bench.place import Place, place
from bench.sizes import Sizes
from bench.table import Row, at_least, latency, throughput

CLIENTS, WRITERS = 8, 32
WORKERS = 25
BY_CLIENT, BY_SUPERVISOR = "a worker's answer, asked by a client", "asked by their supervisor"
RECORD = "a case's record with its texts, traced"
PLAIN, TEXTS = "single events without a text", "with a text"
OF_CLIENT, OF_PLAIN = 0.5, 0.8


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told = block(WORKERS, sizes.until)
    async with place() as here:
        await filled(here, told, len(told.lines), done, seed=0)
        mark = next(marks())
        workers = [f"W-{mark.decode()}-{number}" for number in range(7)]  # those whom the first supervisor has
        chief = f"M-{mark.decode()}-0"
        theirs = here.keyring.token(
            here.council, azp="bench", sub=chief, worker_id=chief, roles=["supervisor"],
            scope="state:read narratives:read",
        )  # fmt: skip
        answers = [f"/v1/workers/{worker}/compliance" for worker in workers]
        records = [f"/v1/cases/{worker.replace('W-', 'C-')}-0/record" for worker in workers]
        texts, plain = _by_text(told)
        turns = {
            BY_CLIENT: _asking(here, answers, here.token, sizes.seconds),
            BY_SUPERVISOR: _asking(here, answers, theirs, sizes.seconds),
            RECORD: _asking(here, records, theirs, sizes.seconds),
            PLAIN: _telling(here, plain, sizes.seconds),
            TEXTS: _telling(here, texts, sizes.seconds),
        }
        slices = await take_turns(turns, sizes.rounds, done)
    return _row(slices)


def _by_text(told: Block) -> tuple[list[bytes], list[bytes]]:
    with_text = [line for line in told.lines if b'"narrative"' in line]
    return with_text, [line for line in told.lines if b'"narrative"' not in line]


def _asking(here: Place, paths: list[str], token: str, seconds: float) -> Turn:
    requests = cycle([request("GET", path, token) for path in paths])

    async def turn() -> Slice:
        async with connected(here.served.port, CLIENTS) as connections:
            return await here.meter().measure(closed_loop(connections, requests, seconds))

    return turn


def _telling(here: Place, lines: list[bytes], seconds: float) -> Turn:
    requests = _fresh([request("POST", "/v1/events", here.token, line) for line in lines])

    async def turn() -> Slice:
        async with connected(here.served.port, WRITERS) as connections:
            return await here.meter().measure(closed_loop(connections, requests, seconds))

    return turn


def _fresh(templates: list[bytes]) -> Iterator[bytes]:
    """New events without end, about subjects that have their keys after the first time round."""
    for mark in marks():
        for template in templates:
            yield template.replace(b'"id":"n-' + MARK, b'"id":"t-' + mark).replace(MARK, b"000001")


def _row(slices: dict[str, list[Slice]]) -> Row:
    row = Row("what access costs: answers, records and texts")
    row.lines = [throughput(name, each) for name, each in slices.items()]
    row.lines += [latency(name, slices[name], 50) for name in (BY_CLIENT, BY_SUPERVISOR, RECORD)]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    row.goals = [
        at_least("by a supervisor / by a client", OF_CLIENT, ratios(rate[BY_SUPERVISOR], rate[BY_CLIENT])),
        at_least("with a text / without", OF_PLAIN, ratios(rate[TEXTS], rate[PLAIN])),
    ]
    return row


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 5 * (sizes.rounds + 1) + 1

"""`compare`: what changed in an answer between two moments, why, and by which facts."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, day, how_many, say, status_words

if TYPE_CHECKING:
    from app.cli.connection import Connection

MOST_SUBJECTS = 20
CAUSES = {
    "time": "the days alone", "happened": "what happened between", "told_later": "what was told later",
    "correction": "corrections", "retraction": "what was taken back", "policy": "policies", "calendar": "calendars",
    "same_as": "identifiers that mean one",
}  # fmt: skip
SHOWN = 10
"""Facts named of one rule; the service's own answer has all."""


def compare(
    subject: Annotated[str | None, typer.Argument(help="worker/W-1004, case/C-2001, or the identifier alone.")] = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Instead of one: whose status changed, and by what.")
    ] = False,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day. Else that of --known-from.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The second day. Else that of --known-to.")
    ] = None,
    known_from: Annotated[
        str | None, typer.Option(help="First from what was recorded by then: 2025-03-01T23:59:59Z.")
    ] = None,
    known_to: Annotated[str | None, typer.Option(help="Then from what was recorded by then. Else all.")] = None,
    source: Annotated[bool, typer.Option(help="By when the sources had recorded it.")] = False,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """What changed between two moments, rule by rule: why, and by which facts told or dated in between."""
    from app.cli.connection import connect

    asked = {
        "from_as_at": since and since.date().isoformat(), "to_as_at": until and until.date().isoformat(),
        "from_known_at": known_from, "to_known_at": known_to, "knowledge": "source" if source else None,
    }  # fmt: skip
    if everybody == (subject is not None):
        raise typer.BadParameter("Name a worker or a case, or say --everybody.")
    connection = connect(url, token, council, persona, folder)
    found = connection.about(subject, "changes", asked) if subject is not None else _of_everybody(connection, asked)
    for line in lines(found) if subject is not None else lines_of_everybody(found):
        say(line)


def _of_everybody(connection: "Connection", asked: dict[str, Any]) -> dict[str, Any]:
    """What the job came to: it is asked for once, because another question is another job."""
    from app.cli.jobs import finished

    answer = connection.get("/v1/changes", **asked)
    if "progress" not in answer:
        return answer
    found: dict[str, Any] = finished(connection, answer, "everybody, at both moments")["result"]
    return found


def lines_of_everybody(found: dict[str, Any]) -> Iterator[str]:
    """What a comparison of everybody says, line by line."""
    subjects, changed = found["subjects"], found["changed"]
    yield (
        f"The status of {how_many(subjects['changed'], 'subject')} changed, of {subjects['looked_at']:,} looked at: "
        f"{subjects['worse']:,} for the worse, {subjects['better']:,} for the better."
    )
    for each in found["by_status"]:
        yield f"  {each['subjects']:,} {status_words(each['before'])} → {status_words(each['after'])}"
    causes = ", ".join(f"{CAUSES.get(cause, cause)} {number:,}" for cause, number in found["by_cause"].items())
    yield f"What had a part in it: {causes or 'nothing'}."
    for each in changed["items"][:MOST_SUBJECTS]:
        yield f"{each['subject']['type']}/{each['subject']['id']} {', '.join(each['rules'])}: {each['said']}"
        yield from (f"  because of the {because['said']}" for because in each["because"][:3])
        if each["by_time"] and not each["because"]:
            yield "  the days alone"
    if changed["count"] > MOST_SUBJECTS:
        yield f"and {changed['count'] - MOST_SUBJECTS:,} more: GET /v1/changes"


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What a comparison says, line by line."""
    subject = found["subject"]
    yield f"{subject['type'].capitalize()} {subject['id']}. {found['said']}"
    for change in found["changes"]:
        yield ""
        yield f"{change['rule']} {change['title']}"
        yield f"  before: {_stood(change['before'])}"
        yield f"  after:  {_stood(change['after'])}"
        if change["by_time"]:
            yield f"  the days alone: {_stood(change['without_them'])}"
        for each in change["because"][:SHOWN]:
            yield f"  because of the {each['said']}"
        if len(change["because"]) > SHOWN:
            yield f"  and of {how_many(len(change['because']) - SHOWN, 'further fact')}"


def _stood(told: dict[str, Any] | None) -> str:
    if told is None:
        return "the rule was not known"
    code = f" ({status_words(told['code'])})" if told["code"] else ""
    due = f", due by {day(told['due_on'])}" if told["due_on"] else ""
    return f"{status_words(told['status'])}{code}{due}. {told['why']}"

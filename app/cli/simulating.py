"""`policy simulate`: what a draft would change over a council's own history, without adopting it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.policies import File, checked_text
from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, day, how_many, say, status_words

SHOWN = 20
"""Subjects named; the service's own answer has more of them."""


def simulate(
    file: File,
    applies_from: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day on which it would be in force.")
    ],
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="How it would stand then.")] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """What a draft would change: everybody with it and without it. Nothing is adopted, and no list shows it."""
    from app.cli.connection import connect
    from app.cli.jobs import finished

    body = {"policy_yaml": checked_text(file), "applies_from": applies_from.date().isoformat()}
    body |= {"as_at": as_at.date().isoformat()} if as_at is not None else {}
    connection = connect(url, token, council, persona, folder)
    job = finished(connection, connection.post("/v1/policies/simulate", body), "everybody, with it and without")
    for line in lines(job):
        say(line)


def lines(job: dict[str, Any]) -> Iterator[str]:
    """What a finished job says, line by line."""
    found = job["result"]
    subjects, months = found["subjects"], found["by_month"]
    yield (
        f"On {day(job['asked']['as_at'])}, {how_many(months[-1]['changed'], 'finding')} of "
        f"{how_many(subjects['changed'], 'subject')} would read differently, of "
        f"{how_many(subjects['looked_at'], 'subject')} looked at."
    )
    for rule in found["by_rule"]:
        yield f"  {rule['rule']} {rule['title']}: {_changes(rule['changes'])}"
    for title, rules in (("New rules", found["new_rules"]), ("Rules that go", found["removed_rules"])):
        yield from ([f"{title}:"] if rules else [])
        for rule in rules:
            yield f"  {rule['rule']} {rule['title']}: {_statuses(rule['by_status'])}"
    yield from _late(job)
    for month in months[:-1]:
        if month["changed"]:
            yield (
                f"{day(month['on'])}: {how_many(month['changed'], 'finding')} different, "
                f"{month['newly_late']:,} newly late, {month['no_longer_late']:,} no longer."
            )
    yield from _unknown(found["cannot_be_known"])


def _late(job: dict[str, Any]) -> Iterator[str]:
    found, names = job["result"], job.get("names", {})
    for title, late in (("newly be late", found["newly_late"]), ("no longer be late", found["no_longer_late"])):
        yield f"{how_many(late['count'], 'subject')} would {title}."
        for item in late["items"][:SHOWN]:
            yield f"  {_who(item, names)}: {', '.join(item['rules'])}"
        if late["count"] > SHOWN:
            yield f"  and {late['count'] - SHOWN:,} more: GET /v1/jobs/{job['id']}"


def _unknown(told: list[dict[str, Any]]) -> Iterator[str]:
    newly, already = (sum(row[when] for row in told) for when in ("newly", "already"))
    if newly:
        yield f"{how_many(newly, 'finding')} could not be known, beside {already:,} that cannot be known already."


def _changes(changes: list[dict[str, Any]]) -> str:
    """`3 due → breached; 1 due, by another date`."""
    told = [
        f"{each['findings']:,} {status_words(each['before'])} → {status_words(each['after'])}"
        if each["before"] != each["after"]
        else f"{each['findings']:,} {status_words(each['before'])}, by another date"
        for each in changes
    ]
    return "; ".join(told)


def _statuses(by_status: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {status_words(status)}" for status, number in by_status.items()) or "about nobody"


def _who(item: dict[str, Any], names: dict[str, str]) -> str:
    subject = f"{item['subject']['type']}/{item['subject']['id']}"
    return f"{subject} ({names[subject]})" if subject in names else subject

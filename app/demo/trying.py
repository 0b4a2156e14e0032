"""What to try with a demo that has just started: questions whose answers are worth reading, from its stories."""

from datetime import date, timedelta
from pathlib import Path
from shlex import quote

from app.demo.councils import COUNCILS
from app.demo.doors import DOORS, Door
from app.demo.folder import DemoFolder
from app.demo.stories import Seen, Story

STORIES = tuple(story for council in COUNCILS for story in council.stories)

WITH_CURL = (("luton", "case/C-2001"), ("shropshire", "worker/W-10204"), ("luton", "case/C-2004"))
WITH_STATUS = (("luton", "case/C-2001"), ("luton", "worker/W-10203"), ("shropshire", "worker/W-10202"))
"""The stories that are printed, by council and subject; all others are there as well."""

PRETTY = "| python3 -m json.tool"

WITH_DATA = """
The service answers at {url} (its reference: {url}/docs)
Tokens: {path}/tokens.json; as curl configuration in {path}/curl/COUNCIL-PERSONA
A year of two councils, up to {day}: some 60 workers and 700 cases each, all of it invented.

{questions}

Who may see what (docs/access.md), asked by its people:
{doors}

Ctrl-C stops everything; the data stays."""

EMPTY = """
The service answers at {url} (its reference: {url}/docs)
Tokens: {path}/tokens.json; as curl configuration in {path}/curl/COUNCIL-PERSONA

The councils shropshire and luton have their policies and no data. Send an event of your own:
  {sender} -H 'Content-Type: application/cloudevents+json' {url}/v1/events -d '
    {{"specversion": "1.0", "id": "1", "source": "urn:luton:lcs", "type": "CaseOpened",
     "data": {{"case_id": "C-1", "opened_on": "2025-03-03", "service": "family_safeguarding"}}}}'

and read when it should have been discussed
  {luton} '{url}/v1/cases/C-1/compliance' {pretty}

Ctrl-C stops everything; the data stays."""


def things_to_try(kept: DemoFolder, url: str, program: str) -> str:
    """A few commands to copy, for a shell in the folder the demo was started from; `program` is how it was started."""
    if kept.first_day is not None:
        day = kept.first_day - timedelta(days=1)
        questions = "\n\n".join(_questions(kept, kept.first_day, url, program))
        doors = "\n".join(_through(kept, door, url) for door in DOORS)
        return WITH_DATA.format(url=url, path=kept.path, day=f"{day.day} {day:%B %Y}", questions=questions, doors=doors)
    luton, sender = _curl(kept, "luton", "service_manager"), _curl(kept, "luton", "integration")
    return EMPTY.format(url=url, path=kept.path, pretty=PRETTY, luton=luton, sender=sender)


def _questions(kept: DemoFolder, first_day: date, url: str, program: str) -> list[str]:
    told = {(story.council, story.subject): story for story in STORIES}
    asked = [f"{told[key].tells}\n{_with_curl(kept, told[key], first_day, url)}" for key in WITH_CURL]
    where = "" if kept.path == Path(".demo") else f" --dir {quote(str(kept.path))}"
    lines = [_with_status(told[key], first_day, f"{quote(program)} status", where) for key in WITH_STATUS]
    return [*asked, "\n".join(("As a table: today, and on a day that has passed", *lines))]


def _curl(kept: DemoFolder, council: str, persona: str) -> str:
    return f"curl -sK {quote(str(kept.curl_file(council, persona)))}"


def _with_curl(kept: DemoFolder, story: Story, first_day: date, url: str) -> str:
    """The question as curl asks it; where what was known then is part of the story, both ways of asking."""
    kind, _, identity = story.subject.partition("/")
    where = f"{_curl(kept, story.council, 'senior_manager')} '{url}/v1/{kind}s/{identity}/compliance"
    then = [_parameters(seen, first_day) for seen in story.sees if seen.ago and any(s.known_then for s in story.sees)]
    asked = then or [f"?clause={story.sees[0].rule}"]
    return "\n".join(f"  {where}{parameters}' {PRETTY}" for parameters in asked)


def _through(kept: DemoFolder, door: Door, url: str) -> str:
    shown = f"{PRETTY} | grep narrative" if door.opens_texts else PRETTY
    return f"{door.tells}\n  {_curl(kept, door.council, door.persona)} '{url}{door.path}' {shown}"


def _parameters(seen: Seen, first_day: date) -> str:
    day = first_day - timedelta(days=seen.ago)
    return f"?as_at={day}" + (f"&known_at={day}T22:00:00Z&knowledge=source" if seen.known_then else "")


def _with_status(story: Story, first_day: date, status: str, where: str) -> str:
    """The question as the command line asks it: today, and on the day that the story looks back to."""
    command = f"  {status} {story.subject} --council {story.council}{where}"
    past = max((seen.ago for seen in story.sees if not seen.known_then), default=0)
    return f"{command}\n{command} --as-at {first_day - timedelta(days=past)}" if past else command

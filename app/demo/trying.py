"""What to try with a demo that has just started: questions whose answers are worth reading."""

from pathlib import Path
from shlex import quote

from app.demo.folder import DemoFolder
from app.demo.invented import History

PRETTY = "| python3 -m json.tool"

WITH_DATA = """
The service answers at {url} (its reference: {url}/docs)
Tokens: {path}/tokens.json; as curl configuration in {path}/curl/COUNCIL-PERSONA

A case that was left out of the last supervision: late, under which row of the policy, and why
  {luton} '{url}/v1/cases/C-2001/compliance' {pretty}

A worker who had no supervision in two months running
  {shropshire} '{url}/v1/workers/W-1011/compliance?clause=SH-23' {pretty}

A discussion held in time and keyed weeks later: fine as we know it now, late as it was known on {day}
  {luton} '{url}/v1/cases/C-2004/compliance?as_at={day}' {pretty}
  {luton} '{url}/v1/cases/C-2004/compliance?known_at={day}T12:00:00Z&knowledge=source' {pretty}

The first of these as a table
  {table}

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
    luton, shropshire, sender = (
        f"curl -sK {quote(str(kept.curl_file(council, persona)))}"
        for council, persona in (("luton", "manager"), ("shropshire", "manager"), ("luton", "integration"))
    )
    where = "" if kept.path == Path(".demo") else f" --dir {quote(str(kept.path))}"
    table = f"{quote(program)} status C-2001 --council luton{where}"
    text, day = EMPTY, None
    if kept.first_day is not None:
        text, day = WITH_DATA, History("luton", "lcs", kept.first_day).ago(30)
    return text.format(
        url=url, path=kept.path, pretty=PRETTY, day=day, luton=luton, shropshire=shropshire, sender=sender, table=table
    )

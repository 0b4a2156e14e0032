"""The demo's year: believable, the same each time, and every rule, status and story of it there to be seen."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.demo.councils import COUNCILS, DemoCouncil
from app.demo.stories import Seen, Story
from app.demo.trying import STORIES, WITH_CURL, WITH_STATUS
from app.domain.obligations import Assessment
from app.domain.policy.loading import load
from app.domain.policy.patterns import Status
from app.errors import Problem
from app.events.envelope import read_event
from app.events.facts import LONDON
from app.events.parsing import parse_json
from app.events.types import EVENT_TYPES
from tests.demo.judged import Judged

ROOT = Path(__file__).resolve().parents[2]
TODAY, LEAP_DAY, NEW_YEAR = date(2026, 11, 21), date(2028, 2, 29), date(2027, 1, 4)
BY_ID = {council.id: council for council in COUNCILS}
GREEN = {Status.MET, Status.DUE, Status.LATE_MET, Status.AS_REQUIRED, Status.NOT_YET_APPLICABLE}

WORST = {
    "LU-32": "not_assessable",
    "LU-40": "due",
    "LU-56": "due",
    "SH-12": "late_met",
    "SH-42": "tolerated",
    "SH-54": "due",
    "SH-53": "due",
    "LU-85": "due",
    **dict.fromkeys(("LU-12", "LU-122", "LU-124"), "due"),
    **dict.fromkeys(("LU-09", "LU-30", "LU-52", "LU-83", "LU-109", "LU-132"), "tolerated"),
    **dict.fromkeys(("LU-127", "LU-128"), "met"),
}
"""The worst that these rules can say, or that this data shows; of all others it is a breach."""

UNTOLD = {"CalendarAdopted", "VisitMade", "WorkRecorded"}
"""A council's own calendar, and what is for foster carers and for rules that count work: neither policy has those."""


UNSAID = {"shropshire": {"as_required", "not_specified"}, "luton": set[str]()}
"""Statuses for which a policy has no rule."""
if not any(rule.within for rule in load(BY_ID["luton"].pack()).rules):
    UNSAID["luton"].add("late_met")


def judged(council: str, first_day: date = TODAY) -> Judged:
    """Not all years are kept: each is some hundred megabytes."""
    return Judged(BY_ID[council], first_day) if first_day == LEAP_DAY else judged_often(council, first_day)


@cache
def judged_often(council: str, first_day: date) -> Judged:
    return Judged(BY_ID[council], first_day)


@cache
def findings(council: str, ago: int = 0) -> dict[str, Counter[str]]:
    """How often each rule says what, over all subjects, so many days ago."""
    found: dict[str, Counter[str]] = {}
    for assessment in assessed(council, ago).values():
        for finding in assessment.findings:
            found.setdefault(finding.rule, Counter())[str(finding.status)] += 1
    return found


@cache
def assessed(council: str, ago: int) -> dict[str, Assessment]:
    """Everybody, every case, every team and the council itself, so many days ago."""
    told = judged(council)
    subjects = [f"{kind}/{each}" for kind in ("worker", "case", "team") for each in told.subjects(kind)]
    return {subject: told.assess(subject, ago) for subject in [*subjects, f"organisation/{council}"]}


def rules_of(council: DemoCouncil) -> Iterator[str]:
    for rule in load(council.pack()).rules:
        yield rule.id
        yield from (row.id for row in (rule.table.rows if rule.table else ()))


RULES = [(council.id, rule) for council in COUNCILS for rule in rules_of(council)]
SEEN = [
    pytest.param(story, seen, id=f"{story.subject}-{seen.rule}-{seen.ago}{'-known-then' * seen.known_then}")
    for story in STORIES
    for seen in story.sees
    if (story.council, seen.rule) in RULES
]
both_councils = pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.id)


@both_councils
@pytest.mark.parametrize("first_day", [TODAY, LEAP_DAY], ids=str)
def test_every_event_is_valid_and_past(council: DemoCouncil, first_day: date) -> None:
    sent = judged(council.id, first_day).sent
    assert len({(event["source"], event["id"]) for event in sent}) == len(sent) > 20_000
    for event in sent:
        try:
            read_event(parse_json(json.dumps(event).encode()))
        except Problem as problem:
            pytest.fail(f"{event}: {problem.detail} {problem.errors}")
        assert datetime.fromisoformat(event["time"]).astimezone(LONDON).date() < first_day
        assert datetime.fromisoformat(event["sourcerecordedtime"]).astimezone(LONDON).date() < first_day


@both_councils
def test_another_run_tells_the_same(council: DemoCouncil) -> None:
    program = (
        "import hashlib, json; from datetime import date; from app.demo import COUNCIL as told;"
        "print(hashlib.sha256(json.dumps(told.history(date(2026, 11, 21))).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program.replace("COUNCIL", council.id)], cwd=ROOT, capture_output=True, text=True,
        timeout=120, check=True, env=os.environ | {"PYTHONHASHSEED": "4"},
    )  # fmt: skip
    sent = json.dumps(judged(council.id).sent).encode()
    assert done.stdout.strip() == hashlib.sha256(sent).hexdigest()


@both_councils
def test_some_sixty_workers_and_seven_hundred_cases(council: DemoCouncil) -> None:
    told = judged(council.id)
    assert 55 <= len(told.subjects("worker")) <= 70
    assert 630 <= len(told.subjects("case")) <= 770


@both_councils
def test_all_roles_services_and_categories_occur(council: DemoCouncil) -> None:
    told = judged(council.id)
    codes = told.pack.codes
    assert {*codes.roles} <= values(told, "role")
    assert {*codes.services} <= values(told, "service")
    assert {name for names in codes.services.values() for name in names} <= values(told, "category")


def values(told: Judged, field: str) -> set[Any]:
    return {event["data"][field] for event in told.sent if field in event["data"]}


def test_all_kinds_of_fact_occur_that_a_feed_can_send_and_a_policy_speaks_of() -> None:
    told = {event["type"] for council in COUNCILS for event in judged(council.id).sent}
    sendable = {name for name, kind in EVENT_TYPES.items() if kind.posted_by != "service"}
    assert sendable - told == UNTOLD


@both_councils
def test_every_status_occurs(council: DemoCouncil) -> None:
    said = {status for statuses in findings(council.id).values() for status in statuses}
    assert {*map(str, Status)} - said == UNSAID[council.id]


@pytest.mark.parametrize(("council", "rule"), RULES)
def test_every_rule_is_broken_somewhere_or_as_bad_as_it_can_be(council: str, rule: str) -> None:
    said = findings(council)[rule]
    assert said[WORST.get(rule, "breached")] > 0, said
    amiss = {"breached", "not_assessable", "not_applicable"}
    assert {*said} - amiss or {*findings(council, ago=60)[rule]} - amiss, f"nobody is in order: {said}"


@both_councils
def test_most_cases_are_in_order_and_half_of_the_others_in_a_few_teams(council: DemoCouncil) -> None:
    told, by_team, green = judged(council.id), Counter[str](), 0
    teams = {e["data"]["case_id"]: e["data"].get("team_id", "") for e in told.sent if e["type"] == "CaseOpened"}
    for case in told.subjects("case"):
        status = assessed(council.id, 0)[f"case/{case}"].status
        green += status in GREEN
        by_team[teams[case]] += status in (Status.BREACHED, Status.TOLERATED, Status.NOT_ASSESSABLE)
    late = by_team.total()
    assert 0.72 <= green / (green + late) <= 0.9
    assert sum(count for _, count in by_team.most_common(3)) >= late / 2


@pytest.mark.parametrize(("story", "seen"), SEEN)
def test_each_story_is_what_the_answer_says(story: Story, seen: Seen) -> None:
    for first_day in (TODAY, NEW_YEAR):
        found = judged(story.council, first_day).finding(story.subject, seen.rule, seen.ago, known_then=seen.known_then)
        assert (str(found.status), seen.code or found.code) == (seen.status, found.code), found.why


def test_stories_have_names_of_their_own_and_the_printed_ones_exist() -> None:
    names = Counter((story.council, story.name) for story in STORIES)
    assert names.most_common(1)[0][1] == 1
    assert {*WITH_CURL, *WITH_STATUS} <= {(story.council, story.subject) for story in STORIES}


@both_councils
def test_everyone_has_a_name_to_display_and_none_is_in_an_event(council: DemoCouncil) -> None:
    told = judged(council.id)
    names = council.directory(told.sent)
    assert names["workers"].keys() == {*told.subjects("worker")}
    assert names["teams"].keys() == {*told.subjects("team")}
    assert len({*names["workers"].values()}) == len(names["workers"])
    assert all("name" not in event["data"] for event in told.sent)

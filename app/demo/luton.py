"""Half a year in an invented Luton: most cases supervised every four weeks, and a dozen that show what else happens."""

from datetime import date, timedelta

from app.demo.invented import Event, History, numbered

HOLDERS = {
    "W-1005": ("family_safeguarding", None),
    "W-1006": ("family_safeguarding", None),
    "W-1007": ("assessment", None),
    "W-1009": ("looked_after_children", "matched_stable"),
    "W-1010": ("looked_after_children", "awaiting_permanency"),
    "W-1011": ("family_partnership", "level_3"),
    "W-1012": ("care_leavers", "stable"),
}
"""Who holds cases, and what those cases are."""

STAFF = (
    ("W-1001", "service_manager", "family_safeguarding", "T-101", "W-1900", 24),
    ("W-1002", "team_manager", "family_safeguarding", "T-101", "W-1001", 6),
    ("W-1003", "team_manager", "looked_after_children", "T-102", "W-1001", 9),
    ("W-1004", "deputy_team_manager", "family_safeguarding", "T-101", "W-1002", 13),
    ("W-1005", "senior_practitioner", "family_safeguarding", "T-101", "W-1002", 16),
    ("W-1006", "social_worker", "family_safeguarding", "T-101", "W-1002", 12),
    ("W-1007", "social_worker", "assessment", "T-101", "W-1004", 34),  # supervision has slipped
    ("W-1008", "social_worker", "looked_after_children", "T-102", "W-1003", 46),  # away since
    ("W-1009", "social_worker", "looked_after_children", "T-102", "W-1003", 20),
    ("W-1010", "social_worker", "looked_after_children", "T-102", "W-1003", 8),
    ("W-1011", "family_partnership_worker", "family_partnership", "T-101", "W-1004", 24),
    ("W-1012", "personal_adviser", "care_leavers", "T-102", "W-1003", 18),
)
"""Worker, role, service, team, supervisor, and how many days ago their last supervision was."""

SHARES = ("W-1005", "W-1006", "W-1009", "W-1010", "W-1011", "W-1012") * 7 + ("W-1007",) * 3 + ("W-1005",) * 3
"""Who holds the ordinary cases, one entry a case."""


def history(first_day: date) -> list[Event]:
    """The events of the half-year that ends the day before `first_day`, in the order they were keyed."""
    told = History("luton", "lcs", first_day)
    _people(told)
    for case, worker in zip(numbered("C", 2013, len(SHARES)), SHARES, strict=True):
        _ordinary(told, case, worker)
    _late(told)
    _known_later(told)
    _unusual(told)
    _put_right(told)
    told.confirm_feeds("caseload", "case_notes")
    return told.in_order()


def _people(told: History) -> None:
    for team, service in (("T-101", "family_safeguarding"), ("T-102", "looked_after_children")):
        told.tell("TeamOpened", told.ago(200), team_id=team, opened_on=told.ago(200), service=service)
    for worker, role, service, team, supervisor, last in STAFF:
        told.worker(worker, role, service, team, supervisor, started=195, holds_cases=worker in HOLDERS)
        told.agreed(worker, told.ago(190), frequency="28 days", minutes=90)
        if worker == "W-1011":  # a new supervisor three weeks ago: the agreement is due again
            told.new_supervisor(worker, "W-1002", told.ago(20))
        if worker == "W-1012":  # and here six weeks ago: it is late
            told.new_supervisor(worker, "W-1005", told.ago(45))
        days = told.every(4, last=last, since=190)
        told.supervised(worker, days, with_check_in=() if worker == "W-1012" else days[::-3])
    away = told.ago(40)
    told.tell("AbsenceStarted", away, worker_id="W-1008", started_on=away, absence_id="AB-1")
    note = "Spoke about workload after the team's move. Agreed to keep Friday mornings free for writing."
    ad_hoc: Event = {"session_id": "S-1009-ad-hoc", "worker_id": "W-1009", "supervisor_id": "W-1003", "kind": "ad_hoc"}
    told.tell("SessionHeld", told.ago(5), held_on=told.ago(5), minutes=30, planned=False, narrative=note, **ad_hoc)


def _ordinary(told: History, case: str, worker: str) -> None:
    """Discussed at every supervision since it opened, recorded within days, now and then with an action."""
    service, category = HOLDERS[worker]
    opened = told.case(case, service, category, worker, opened=told.chance.randint(60, 180))
    for number, day in enumerate(day for day in told.workers[worker].sessions if day > opened):
        acts = told.chance.random() < 0.3
        light = category in ("matched_stable", "stable") and number % 3
        told.discussed(case, worker, day, depth="light" if light else "full", no_action=not acts)
        told.recorded(case, worker, day, "case_supervision", after=told.chance.choice((1, 2, 3, 4)))
        if acts:
            told.action(case, worker, day, done_after=told.chance.choice((10, 14, 18, 30, None)))


def _held(told: History, case: str, worker: str, *, left_out: int = 0, category: str | None = None) -> None:
    """A case discussed at every supervision but the last few."""
    service, usual = HOLDERS[worker]
    day = told.case(case, service, category or usual, worker, opened=170)
    sessions = [session for session in told.workers[worker].sessions if session > day]
    for session in sessions[: len(sessions) - left_out]:
        told.discussed(case, worker, session)
        told.recorded(case, worker, session, "case_supervision", after=3)


def _late(told: History) -> None:
    _held(told, "C-2001", "W-1006", left_out=1)  # left out of the last supervision: late
    _held(told, "C-2002", "W-1010", left_out=1, category="matched_stable")  # the same, where four to six weeks will do
    _held(told, "C-2003", "W-1006", left_out=3)  # for three months


def _known_later(told: History) -> None:
    """Discussed on time and keyed three weeks after: late for whoever looked in between, and not late at all."""
    told.case("C-2004", "looked_after_children", "awaiting_permanency", "W-1009", opened=170)
    held = [day for day in told.workers["W-1009"].sessions if day > told.ago(165)]
    for day in held:
        told.discussed("C-2004", "W-1009", day, keyed=24 if day == held[-2] else 1)


def _unusual(told: History) -> None:
    told.case("C-2005", "looked_after_children", None, "W-1010", opened=15)  # nobody has said what kind of case it is
    told.case("C-2006", "children_with_disabilities", "duty", None, opened=150)  # no routine supervision …
    told.tell("NeedChanged", told.ago(15), case_id="C-2006", changed_on=told.ago(15), kind="circumstances")  # … but now
    told.case("C-2007", "care_leavers", "keeping_touch", None, opened=140)
    _held(told, "C-2009", "W-1010")
    matched = told.ago(50)  # so every four to six weeks from here on
    told.tell("CaseClassified", matched, case_id="C-2009", classified_on=matched, category="matched_stable")
    _held(told, "C-2010", "W-1006", left_out=2)  # late when it closed: that stays in its history
    told.tell("CaseClosed", told.ago(30), case_id="C-2010", closed_on=told.ago(30))
    told.discussed("C-2099", "W-1006", told.ago(12))  # a case of which nothing else was ever sent


def _put_right(told: History) -> None:
    day = told.ago(12)
    _held(told, "C-2008", "W-1006", left_out=1)
    mistyped = told.discussed("C-2008", "W-1006", day, discussed_on=day - timedelta(days=100))
    told.correct(mistyped, told.ago(6), discussed_on=day)
    _held(told, "C-2011", "W-1006", left_out=1)
    said = told.discussed("C-2011", "W-1006", day)
    told.events.append({**said, "source": "urn:luton:forms", "id": "form-7"})  # by two systems: it counts once
    _held(told, "C-2012", "W-1006", left_out=1)
    wrong = told.discussed("C-2012", "W-1006", day)  # meant for another case, taken back: late after all
    told.retract(wrong, told.ago(4), "wrong_subject")

"""Histories of one case: a Shropshire family with practice meetings and records, a Luton case with its categories."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.days import working_days_later
from tests.domain.oracle.histories import LUTON_CATEGORIES, PLACES, Draw, History, Teller, beside_the_weekend, first_day
from tests.domain.oracle.work_histories import tell_action


@dataclass
class CaseLife:
    """Where C-1 stands on the day that the teller has reached."""

    teller: Teller
    service: str = "targeted_early_help"
    is_open: bool = False

    def today(self) -> str:
        return self.teller.day.isoformat()


@st.composite
def shropshire_families(draw: Draw) -> History:
    """One family with Targeted Early Help."""
    teller = Teller(draw, "shropshire", draw(first_day()))
    life = CaseLife(teller)
    open_family(life)
    steps = [tell_discussion] * 3 + [tell_recorded_discussion] * 4 + [tell_practice_meeting] * 3
    steps += teller.one_of([], [tell_family_action] * 3)
    steps += teller.one_of([], [tell_in_charge] * 2) + teller.one_of([], [tell_of_the_file] * 4)
    return live(life, [*steps, tell_allocation, tell_closing(open_family)])


def tell_family_action(life: CaseLife) -> None:
    tell_action(life.teller, **life.teller.optional("case_id", "C-1", "C-1", "C-2"))


@st.composite
def luton_cases(draw: Draw) -> History:
    """One case of any Luton service."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = CaseLife(teller)
    open_luton_case(life)
    steps = [tell_discussion] * 5 + [tell_need, tell_annual_part, tell_annual_part, tell_feed]
    changes = [tell_category, tell_category, tell_transfer, tell_allocation, tell_closing(open_luton_case)]
    return live(life, teller.one_of(steps, steps + changes, steps + changes))


def live(life: CaseLife, steps: list[Callable[[CaseLife], None]]) -> History:
    for _ in range(life.teller.draw(st.integers(0, 14))):
        life.teller.one_of(*steps)(life)
        life.teller.move_on()
    return life.teller.finish("case", "C-1")


def open_family(life: CaseLife) -> None:
    life.teller.tell("CaseOpened", case_id="C-1", opened_on=life.today(), service=life.service, subject_kind="family")
    life.is_open = True
    if not life.teller.seldom():
        tell_allocation(life)


def open_luton_case(life: CaseLife) -> None:
    teller = life.teller
    life.service, category = teller.one_of(*PLACES)
    data = {"case_id": "C-1", "opened_on": life.today(), "service": life.service}
    if category is not None and not teller.seldom():
        data["category"] = category
    teller.tell("CaseOpened", **data)
    life.is_open = True


def tell_allocation(life: CaseLife) -> None:
    if life.is_open:
        worker = life.teller.one_of("W-1", "W-2")
        life.teller.tell("CaseAllocated", case_id="C-1", worker_id=worker, allocated_on=life.today())
        if life.teller.seldom():
            life.teller.tell("CaseUnallocated", case_id="C-1", worker_id=worker, ended_on=life.today())


def tell_closing(reopen: Callable[[CaseLife], None]) -> Callable[[CaseLife], None]:
    def close(life: CaseLife) -> None:
        if life.is_open and life.teller.seldom():
            reopen(life)
            return
        if life.is_open:
            life.teller.tell("CaseClosed", case_id="C-1", closed_on=life.today())
            life.is_open = False
            life.teller.day += timedelta(days=1)
        if not life.teller.seldom():
            life.teller.move_on()
            reopen(life)

    return close


def discussion(life: CaseLife, setting: str) -> dict[str, Any]:
    """A discussion today, known by its own id, by session and case, or by case and date alone."""
    teller = life.teller
    data = {"case_id": "C-1", "discussed_on": life.today(), "depth": teller.one_of("full", "light"), "setting": setting}
    data |= teller.optional("discussion_id", teller.fresh("D")) | teller.optional("session_id", teller.fresh("S"))
    if not teller.seldom():
        data |= teller.optional("no_action", True, False)
    if teller.one_of(True, False):
        all_four = ["experience", "reflection", "analysis", "plan_and_action"]
        data |= teller.optional("elements", all_four, all_four[:3], []) | teller.optional(
            "decision", "made", "no_change"
        )
        data |= teller.optional("checklist", {"chronology": "satisfactory"}, {"diversity": "action_needed"}, {})
    return data | teller.optional("worker_id", "W-1") | teller.optional("supervisor_id", "M-1")


def tell_discussion(life: CaseLife) -> None:
    teller = life.teller
    kinds = ["individual"] * 5 + ["ad_hoc", "group", "peer", "practice_meeting"]
    data = discussion(life, teller.one_of(*kinds))
    if teller.seldom():
        data["case_id"] = "C-2"
    teller.tell("CaseDiscussed", **data)
    if ("discussion_id" in data or "session_id" in data) and teller.seldom():
        teller.tell_again("discussed_on")
    tell_actions(life, data)


def reference(life: CaseLife, discussed: dict[str, Any]) -> dict[str, Any]:
    """How a record or a note names the discussion: by what it has, or by something that is not it."""
    teller = life.teller
    names = [{key: discussed[key]} for key in ("discussion_id", "session_id") if key in discussed]
    if teller.seldom():
        names = [{"discussion_id": "D-other"}, {"session_id": "S-other"}]
    if not names or teller.seldom():
        return {"case_id": "C-1"}
    return {"case_id": "C-1"} | teller.one_of(*names)


def tell_actions(life: CaseLife, discussed: dict[str, Any]) -> None:
    """What the discussion agreed, then or some days later, with or without an owner and a date."""
    teller = life.teller
    for _ in range(teller.one_of(0, 0, 1, 1, 2)):
        names = reference(life, discussed)
        if "discussion_id" in names and teller.seldom():
            del names["case_id"]
        agreed_on = teller.day + timedelta(days=teller.one_of(0, 0, 0, 2, 30))
        action = {"action_id": teller.fresh("T"), "agreed_on": agreed_on.isoformat()}
        action |= teller.one_of({"owner_id": "W-1"}, {"owner_id": "W-1"}, {})
        action |= teller.one_of({"due_on": (agreed_on + timedelta(days=28)).isoformat()}, {"due_on": "2026-01-05"}, {})
        teller.tell("ActionAgreed", **action, **names)
        if teller.seldom():
            teller.tell_again("agreed_on")
        for _ in range(teller.one_of(0, 0, 0, 1, 2)):
            on = (agreed_on + timedelta(days=teller.one_of(-1, 0, 3, 31))).isoformat()
            more = teller.optional("owner_id", "W-1", "W-2") | teller.optional("due_on", "2026-01-05")
            teller.tell("ActionAmended", action_id=action["action_id"], amended_on=on, **more)


def tell_recorded_discussion(life: CaseLife) -> None:
    """An individual discussion and, mostly, its form or note: early, on the last working day, or late."""
    teller = life.teller
    teller.day = teller.one_of(teller.day, beside_the_weekend(teller.day))
    discussed = discussion(life, "individual")
    teller.tell("CaseDiscussed", **discussed)
    tell_actions(life, discussed)
    for _ in range(teller.one_of(0, 1, 1, 1, 2)):
        tell_record(life, discussed)


def tell_record(life: CaseLife, discussed: dict[str, Any]) -> None:
    teller = life.teller
    done_on = working_days_later(teller.day, teller.one_of(0, 1, 5, 5, 6, 6, 15))
    done_on += timedelta(days=teller.one_of(0, 0, 0, 1))
    names = reference(life, discussed)
    by_day = not {"discussion_id", "session_id"} & set(names)
    if teller.seldom():
        note = {"note_id": teller.fresh("N"), "recorded_on": done_on.isoformat(), "system": "EHM"} | author(teller)
        note["note_type"] = teller.one_of("management_supervision", "management_supervision", "management_oversight")
        on = {"event_on": life.today()} if by_day else teller.optional("event_on", life.today())
        teller.tell("CaseNoteRecorded", **note, **names, **on)
        return
    kinds = ["eh_case_supervision_form", "management_supervision_note"] * 2 + ["personal_supervision"]
    record = {"record_id": teller.fresh("R"), "kind": teller.one_of(*kinds)} | author(teller)
    moments = ["", "", "T12:00:00Z", "T23:30:00Z", "T00:15:00+01:00"]
    on = {"discussed_on": life.today()} if by_day else teller.optional("discussed_on", life.today())
    teller.tell("RecordCompleted", **record, completed_at=done_on.isoformat() + teller.one_of(*moments), **names, **on)


def author(teller: Teller) -> dict[str, str]:
    """Mostly M-1, now and then somebody else, or somebody for somebody."""
    by = {"author_id": teller.one_of("M-1", "M-1", "M-1", "M-2", "W-1")}
    return by | (teller.optional("on_behalf_of_id", "M-1", "M-2") if teller.seldom() else {})


def tell_of_the_file(life: CaseLife) -> None:
    """What the case system says of the file, that somebody looked through it, or that something was decided."""
    teller, about = life.teller, {"case_id": "C-1"}
    match teller.one_of("assessment", "plan", "diversity", "look", "decision", "feed", "feed"):
        case "assessment":
            teller.tell("AssessmentReviewed", **about, reviewed_on=life.today())
        case "plan":
            teller.tell("PlanUpdated", **about, updated_on=life.today())
        case "diversity":
            teller.tell("DiversityRecorded", **about, recorded_on=life.today())
        case "look":
            seen = {"checklist": {teller.one_of("chronology", "diversity"): "satisfactory"}}
            more = teller.optional("session_id", "S-1", "S-2") | teller.optional("discussion_id", "D-1", "D-2")
            teller.tell("CaseRecordsReviewed", **about, reviewed_on=life.today(), by="M-1", **seen, **more)
        case "decision":
            made = {"decision_id": teller.fresh("E"), "made_by": "M-1", "setting": "individual"}
            more = teller.optional("session_id", "S-1", "S-2") | teller.optional("discussion_id", "D-1", "D-2")
            teller.tell("DecisionMade", **about, made_on=life.today(), **made, **more)
        case "feed":
            days = timedelta(days=teller.one_of(30, 200, 800))
            feed = {"feed": teller.one_of("assessments", "plans", "caseload"), "complete_to": life.today()}
            since = (teller.day - days).isoformat()
            teller.tell("FeedConfirmed", system="EHM", **feed, complete_from=since)


def tell_in_charge(life: CaseLife) -> None:
    """Somebody supervises one of the workers, for good or for some days."""
    teller = life.teller
    more = {"basis": "interim", "until": (teller.day + timedelta(days=9)).isoformat()} if teller.seldom() else {}
    more |= teller.optional("strand", "case", "personal")
    who = {"worker_id": teller.one_of("W-1", "W-2"), "supervisor_id": teller.one_of("M-1", "M-2")}
    teller.tell("SupervisorAssigned", **who, assigned_on=life.today(), **more)


def tell_practice_meeting(life: CaseLife) -> None:
    """A practice meeting with both of its conditions, one or none, on the day or weeks later (SH-36 to SH-39)."""
    teller = life.teller
    discussed = discussion(life, "practice_meeting")
    teller.tell("CaseDiscussed", **discussed)
    if not teller.seldom():
        kind = teller.one_of("case_discussion_record", "case_discussion_record", "other")
        document = {"document_id": teller.fresh("X"), "kind": kind, "system": "EHM"}
        teller.tell("DocumentSaved", **document, **reference(life, discussed), **condition_days(life, "saved_on"))
    if teller.seldom():
        oversight = {"by": "M-1"} | reference(life, discussed) | condition_days(life, "recorded_on")
        teller.tell("ManagementOversightRecorded", **oversight)
    elif not teller.seldom():
        note_type = teller.one_of("management_oversight", "management_oversight", "management_supervision")
        note = {"note_id": teller.fresh("N"), "author_id": "M-1", "system": "EHM", "note_type": note_type}
        teller.tell("CaseNoteRecorded", **note, **reference(life, discussed), **condition_days(life, "recorded_on"))


def condition_days(life: CaseLife, recorded: str) -> dict[str, str]:
    """When a condition was recorded, and perhaps the day it says it is of."""
    later = life.teller.day + timedelta(days=life.teller.one_of(0, 0, 1, 10, 35))
    return {recorded: later.isoformat()} | life.teller.optional("event_on", life.today(), later.isoformat())


def tell_category(life: CaseLife) -> None:
    """Classified: mostly with a category of its service, now and then moved by the same event."""
    teller = life.teller
    data = {"case_id": "C-1", "classified_on": life.today()}
    if teller.seldom():
        life.service = data["service"] = teller.one_of(*[name for name, known in LUTON_CATEGORIES.items() if known])
    categories = LUTON_CATEGORIES[life.service]
    if categories:
        teller.tell("CaseClassified", **data, category=teller.one_of(*categories))


def tell_transfer(life: CaseLife) -> None:
    """To another service, classified there the same day, later or never; or only to another team."""
    teller = life.teller
    if teller.seldom():
        teller.tell("CaseTransferred", case_id="C-1", transferred_on=life.today(), team_id="T-2")
        return
    life.service = teller.one_of(*PLACES)[0]
    teller.tell("CaseTransferred", case_id="C-1", transferred_on=life.today(), service=life.service)
    if not teller.seldom():
        teller.day += timedelta(days=teller.one_of(1, 5, 20))
        tell_category(life)


def tell_need(life: CaseLife) -> None:
    life.teller.tell("NeedChanged", case_id="C-1", changed_on=life.today(), **life.teller.optional("kind", "risk"))


def tell_annual_part(life: CaseLife) -> None:
    parts = {"CaseReviewed": "reviewed_on", "RiskAssessed": "assessed_on", "ChildSeen": "seen_on"}
    kind = life.teller.one_of(*parts, "ManagementOversightRecorded", "CaseNoteRecorded")
    if kind in parts:
        life.teller.tell(kind, **{"case_id": "C-1", parts[kind]: life.today()})
        return
    data = {"case_id": "C-1", **condition_days(life, "recorded_on")}
    note = {"note_id": life.teller.fresh("N"), "author_id": "M-1", "system": "LCS", "note_type": "management_oversight"}
    life.teller.tell(kind, **data, **({"by": "M-1"} if kind == "ManagementOversightRecorded" else note))


def tell_feed(life: CaseLife) -> None:
    feed = life.teller.one_of("reviews", "assessments", "visits", "caseload")
    since = {}
    complete_to = life.teller.day + life.teller.one_of(timedelta(0), timedelta(days=365))
    if life.teller.seldom():
        since = {"complete_from": (complete_to - timedelta(days=life.teller.one_of(30, 365, 800))).isoformat()}
    life.teller.tell("FeedConfirmed", system="LCS", feed=feed, complete_to=complete_to.isoformat(), **since)

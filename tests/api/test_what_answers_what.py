"""Each rule of both policies as it is answered over HTTP: what counts, when it is due, late and put right."""

import pytest

from tests.councils import Council

NINE = [f"2024-{month:02}-05" for month in (2, 3, 4, 5, 6, 7, 9, 10, 11)]


def worker(council: Council, role: str, service: str, started_on: str = "2024-01-01") -> None:
    council.tell("WorkerStarted", worker_id="W-1", started_on=started_on, role=role, service=service)


def held(council: Council, *days: str, minutes: int | None = 90, **more: object) -> None:
    told = {"worker_id": "W-1", "kind": "individual"} | ({} if minutes is None else {"minutes": minutes}) | more
    for day in days:
        council.tell("SessionHeld", session_id=f"S-{day}", held_on=day, **told)


def case(council: Council, opened_on: str, service: str, **more: str) -> None:
    council.tell("CaseOpened", case_id="C-1", opened_on=opened_on, service=service, **more)


def discussed(council: Council, on: str, **more: object) -> None:
    told = {"case_id": "C-1", "discussed_on": on, "depth": "light", "setting": "individual"}
    council.tell("CaseDiscussed", **told | more)


def statuses(council: Council, subject: str, rule: str, *days: str) -> list[str]:
    return [council.finding(subject, rule, as_at=day)["status"] for day in days]


# --- so many in a year ------------------------------------------------------------------------------------------------


def test_nine_long_sessions_and_a_short_one_are_nine_in_shropshire(shropshire: Council) -> None:
    worker(shropshire, "family_support_worker", "targeted_early_help")
    held(shropshire, *NINE)
    held(shropshire, "2024-12-05", minutes=60)
    found = shropshire.finding("worker/W-1", "SH-22", as_at="2025-01-01")
    assert (found["rule"], found["status"], found["force"], found["clauses"]) == (
        "SH-21", "breached", "should", ["SH-21", "SH-22"],
    )  # fmt: skip
    numbers = {name: found[name] for name in ("count", "needed", "expected_by_now", "months_left", "still_reachable")}
    assert numbers == {"count": 9, "needed": 10, "expected_by_now": 10, "months_left": 0, "still_reachable": True}
    assert len(found["evidence"]) == 9
    assert "9 times" in found["why"]
    assert "1 is missing" in found["why"]
    assert "RD-4" in found["reading"]
    assert statuses(shropshire, "worker/W-1", "SH-21", "2024-02-29", "2024-12-31") == ["not_yet_applicable", "due"]
    assert shropshire.compliance("worker/W-1", as_at="2025-01-01")["status"] == "breached"


@pytest.mark.parametrize("more", [{"planned": False}, {"private": False}, {"kind": "ad_hoc"}, {"strand": "case"}])
def test_what_does_not_count_towards_shropshires_ten(shropshire: Council, more: dict[str, object]) -> None:
    worker(shropshire, "team_manager", "targeted_early_help")
    held(shropshire, *NINE)
    held(shropshire, "2024-12-05", **more)
    assert shropshire.finding("worker/W-1", "SH-21", as_at="2025-01-01")["count"] == 9


def test_the_same_ten_are_ten_in_luton_and_one_is_short(luton: Council) -> None:
    worker(luton, "social_worker", "assessment")
    held(luton, *NINE)
    held(luton, "2024-12-05", minutes=60)
    ten = luton.finding("worker/W-1", "LU-69", as_at="2025-01-01")
    assert (ten["status"], ten["count"], ten["due_on"]) == ("met", 10, "2025-02-04")
    short = luton.finding("worker/W-1", "LU-68", as_at="2025-01-01")
    assert (short["status"], short["code"], short["failed_in_12_months"]) == ("breached", "short", 0)
    assert statuses(luton, "worker/W-1", "LU-69", "2025-02-04", "2025-02-05") == ["met", "breached"]
    rows = luton.get("/v1/workers/W-1/timeline", clause="LU-69", as_at="2025-01-01").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows] == [
        ("not_yet_applicable", "2024-01-01"), ("due", "2024-03-01"), ("met", "2024-12-05"), ("breached", "2025-02-05"),
    ]  # fmt: skip


def test_a_breach_of_the_ten_stays_in_the_history(luton: Council) -> None:
    worker(luton, "social_worker", "assessment")
    held(luton, *NINE, "2025-01-20")
    (found,) = luton.compliance("worker/W-1", clause="LU-69", history="true", as_at="2025-01-25")["findings"]
    assert [(past["due_on"], past["met_on"], past["status"]) for past in found["history"]] == [
        ("2024-12-31", "2025-01-20", "late_met")
    ]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (89, ("breached", "short")), (90, ("met", "in_range")), (121, ("met", "long")),
        (None, ("not_assessable", "not_known")),
    ],
)  # fmt: skip
def test_the_latest_personal_supervision_has_its_length(luton: Council, minutes: int | None, expected: object) -> None:
    worker(luton, "social_worker", "assessment")
    assert luton.finding("worker/W-1", "LU-68", as_at="2024-02-04")["status"] == "not_yet_applicable"
    held(luton, "2024-02-05", minutes=60)
    held(luton, "2024-03-05", minutes=minutes)
    held(luton, "2024-03-12", minutes=30, kind="check_in")
    found = luton.finding("worker/W-1", "LU-68", as_at="2024-03-20")
    assert (found["status"], found["code"]) == expected
    assert found["failed_in_12_months"] == 1


# --- what a discussion agreed -----------------------------------------------------------------------------------------


def test_shropshires_discussions_give_clear_actions(shropshire: Council) -> None:
    case(shropshire, "2025-01-06", "targeted_early_help")
    assert statuses(shropshire, "case/C-1", "SH-32", "2025-02-02") == ["not_yet_applicable"]
    discussed(shropshire, "2025-02-03", discussion_id="D-1")
    shropshire.tell("ActionAgreed", action_id="A-1", discussion_id="D-1", agreed_on="2025-02-03", owner_id="W-1")
    found = shropshire.finding("case/C-1", "SH-32", as_at="2025-02-03")
    assert (found["status"], found["code"], found["force"]) == ("breached", "incomplete", "must")
    due = {"agreed_on": "2025-02-05", "owner_id": "W-1", "due_on": "2025-03-03"}
    shropshire.tell("ActionAgreed", action_id="A-2", case_id="C-1", discussion_id="D-1", **due)
    assert shropshire.finding("case/C-1", "SH-32", as_at="2025-02-05")["code"] == "complete"
    shropshire.tell("ActionAmended", action_id="A-1", amended_on="2025-02-04", due_on="2025-03-03")
    assert statuses(shropshire, "case/C-1", "SH-32", "2025-02-03", "2025-02-04") == ["breached", "met"]
    discussed(shropshire, "2025-03-10", no_action=True)
    discussed(shropshire, "2025-03-11", setting="practice_meeting")
    assert statuses(shropshire, "case/C-1", "SH-32", "2025-03-11") == ["met"]


def test_lutons_actions_have_an_owner_and_a_date(luton: Council) -> None:
    case(luton, "2025-01-06", "assessment")
    discussed(luton, "2025-02-03", session_id="S-1")
    found = luton.finding("case/C-1", "LU-99", as_at="2025-02-03")
    assert (found["rule"], found["status"], found["code"]) == ("LU-100", "met", "complete")
    told = {"case_id": "C-1", "session_id": "S-1", "agreed_on": "2025-02-03", "due_on": "2025-03-03"}
    luton.tell("ActionAgreed", action_id="A-1", owner_id="W-1", **told)
    assert statuses(luton, "case/C-1", "LU-100", "2025-02-03") == ["met"]
    luton.tell("ActionAgreed", action_id="A-2", **told)
    late = luton.finding("case/C-1", "LU-100", as_at="2025-02-03")
    assert (late["status"], late["code"], late["force"]) == ("breached", "incomplete", "should")
    discussed(luton, "2025-03-03", no_action=True)
    assert luton.finding("case/C-1", "LU-100", as_at="2025-03-03")["failed_in_12_months"] == 1
    luton.tell("ActionAmended", action_id="A-2", amended_on="2025-02-10", owner_id="W-1")
    assert luton.finding("case/C-1", "LU-100", as_at="2025-03-03")["failed_in_12_months"] == 0
    assert statuses(luton, "case/C-1", "LU-100", "2025-02-09", "2025-02-10") == ["breached", "met"]


# --- monthly, and by agreement ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "rule", "other"),
    [("family_support_worker", "SH-25", "SH-26"), ("team_manager", "SH-26", "SH-25"),
     ("early_help_area_leader", "SH-26", "SH-25")],
)  # fmt: skip
def test_ninety_minutes_a_month_are_recommended_and_turn_nobody_red(
    shropshire: Council, role: str, rule: str, other: str
) -> None:
    worker(shropshire, role, "targeted_early_help")
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-9", assigned_on="2024-01-01")
    shropshire.tell("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="W-9", made_on="2024-01-02",
                    frequency="1 month", minutes=90)  # fmt: skip
    held(shropshire, "2024-01-10", "2024-04-10", minutes=90)
    held(shropshire, "2024-02-10", "2024-03-10", minutes=60)
    days = ("2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01")
    assert statuses(shropshire, "worker/W-1", rule, *days) == ["met", "tolerated", "breached", "met"]
    body = shropshire.compliance("worker/W-1", as_at="2024-04-10")
    assert body["status"] != "breached"
    told = {found["rule"]: (found["force"], found["status"]) for found in body["findings"]}
    assert told[rule] == ("recommended", "breached")
    assert told["SH-23"] == ("should", "met")
    assert other not in told
    assert shropshire.finding("worker/W-1", "SH-44", as_at="2024-04-10")["rule"] == "SH-23"


def test_the_contract_says_how_often_and_how_long_within_28_days(shropshire: Council) -> None:
    worker(shropshire, "family_support_worker", "targeted_early_help", "2025-01-06")
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-9", assigned_on="2025-01-06")
    told = {"worker_id": "W-1", "supervisor_id": "W-9", "frequency": "1 month"}
    shropshire.tell("AgreementMade", agreement_id="A-1", made_on="2025-01-08", **told)
    assert statuses(shropshire, "worker/W-1", "SH-24", "2025-02-03", "2025-02-04") == ["due", "breached"]
    shropshire.tell("AgreementMade", agreement_id="A-2", made_on="2025-02-10", minutes=90, **told)
    assert statuses(shropshire, "worker/W-1", "SH-24", "2025-02-09", "2025-02-10") == ["breached", "met"]


def test_the_full_form_is_due_every_quarter(shropshire: Council) -> None:
    case(shropshire, "2024-10-01", "targeted_early_help")
    assert statuses(shropshire, "case/C-1", "SH-35", "2024-10-31") == ["not_yet_applicable"]
    shropshire.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2024-11-01")
    discussed(shropshire, "2024-11-30", depth="full")
    discussed(shropshire, "2025-01-20")
    discussed(shropshire, "2025-02-10", depth="full", setting="practice_meeting")
    assert statuses(shropshire, "case/C-1", "SH-35", "2025-02-28", "2025-03-01") == ["due", "breached"]


def test_an_agreement_is_reviewed_after_a_year_and_needed_in_a_new_job(luton: Council) -> None:
    worker(luton, "social_worker", "assessment", "2024-02-05")
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-8", assigned_on="2024-02-05")
    assert statuses(luton, "worker/W-1", "LU-17", "2024-02-20") == ["not_yet_applicable"]
    luton.tell("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="W-8", made_on="2024-02-29")
    assert statuses(luton, "worker/W-1", "LU-16", "2025-02-28", "2025-03-01") == ["due", "breached"]
    luton.tell("AgreementReviewed", agreement_id="A-1", worker_id="W-1", reviewed_on="2025-03-03", changed=False)
    assert luton.finding("worker/W-1", "LU-16", as_at="2025-03-03")["due_on"] == "2026-03-03"
    luton.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-04-01", role="senior_practitioner")
    new_job = luton.finding("worker/W-1", "LU-19", as_at="2025-04-29")
    assert (new_job["rule"], new_job["status"], new_job["due_on"]) == ("LU-14", "due", "2025-04-29")
    assert statuses(luton, "worker/W-1", "LU-14", "2025-04-30") == ["breached"]


def test_the_first_personal_session_ends_the_grace_for_an_agreement(luton: Council) -> None:
    worker(luton, "social_worker", "assessment", "2025-01-06")
    held(luton, "2025-01-13")
    assert statuses(luton, "worker/W-1", "LU-14", "2025-01-13", "2025-01-14") == ["due", "breached"]


def test_a_check_in_may_be_part_of_personal_supervision(luton: Council) -> None:
    worker(luton, "social_worker", "assessment", "2025-01-06")
    held(luton, "2025-02-03", includes_check_in=True)
    found = luton.finding("worker/W-1", "LU-24", as_at="2025-03-03")
    assert (found["rule"], found["force"], found["due_on"]) == ("LU-26", "recommended", "2025-05-03")
    assert statuses(luton, "worker/W-1", "LU-67", "2025-03-03", "2025-03-04", "2025-03-17", "2025-03-18") == [
        "due", "tolerated", "tolerated", "breached",
    ]  # fmt: skip
    assert luton.finding("worker/W-1", "LU-26", as_at="2025-05-04")["status"] == "breached"


# --- section 7 --------------------------------------------------------------------------------------------------------

FOUR_WEEKLY = {
    "LU-34": ("mash", "complex"), "LU-35": ("family_partnership", "level_3"), "LU-36": ("assessment", None),
    "LU-37": ("family_safeguarding", None), "LU-38": ("children_with_disabilities", "cp"),
    "LU-39": ("children_with_disabilities", "cin_active"), "LU-46": ("looked_after_children", "awaiting_permanency"),
    "LU-53": ("care_leavers", "additional_needs"), "LU-57": ("fostering", "assessment"),
    "LU-58": ("fostering", "support_not_matched"), "LU-59": ("fostering", "support_matched_stable"),
    "LU-61": ("fostering", "support_awaiting_permanency_or_unstable"), "LU-62": ("adoption", None),
    "LU-63": ("safeguarding_and_qa", None), "LU-65": ("contact_centre", None),
}  # fmt: skip
UP_TO_SIX = {
    "LU-47": ("looked_after_children", "matched_stable"),
    "LU-50": ("looked_after_children", "matched_stable_over_1_year"),
    "LU-54": ("care_leavers", "stable"),
}
FULL = {"LU-49": "LU-47", "LU-51": "LU-50", "LU-55": "LU-54", "LU-60": "LU-59"}


def test_every_row_of_section_7_has_its_interval(luton: Council) -> None:
    for rule, (service, category) in (FOUR_WEEKLY | UP_TO_SIX).items():
        name = f"C-{rule}"
        more = {} if category is None else {"category": category}
        luton.tell("CaseOpened", case_id=name, opened_on="2025-02-03", service=service, **more)
        discussed(luton, "2025-03-03", case_id=name, depth="full")
        discussed(luton, "2025-03-10", case_id=name, setting="group")
        expected = ["due", "tolerated", "breached"] if rule in UP_TO_SIX else ["due", "breached", "breached"]
        assert statuses(luton, f"case/{name}", rule, "2025-03-31", "2025-04-01", "2025-04-15") == expected
        assert luton.finding(f"case/{name}", "LU-31", as_at="2025-04-01")["rule"] == rule
    for rule, beside in FULL.items():
        found = [luton.finding(f"case/C-{beside}", rule, as_at=day) for day in ("2025-06-03", "2025-06-04")]
        assert [(each["status"], each["due_on"]) for each in found] == [
            ("due", "2025-06-03"),
            ("breached", "2025-06-03"),
        ]


@pytest.mark.parametrize(
    ("rule", "service", "category"),
    [("LU-40", "children_with_disabilities", "duty"), ("LU-56", "care_leavers", "keeping_touch")],
)
def test_a_changed_need_wants_attention_where_there_is_no_interval(
    luton: Council, rule: str, service: str, category: str
) -> None:
    case(luton, "2025-01-06", service, category=category)
    assert statuses(luton, "case/C-1", rule, "2025-12-31") == ["as_required"]
    luton.tell("NeedChanged", case_id="C-1", changed_on="2025-03-03")
    found = luton.finding("case/C-1", rule, as_at="2025-09-01")
    assert (found["status"], found["code"]) == ("due", "attention")
    discussed(luton, "2025-03-10")
    assert statuses(luton, "case/C-1", rule, "2025-03-09", "2025-03-10") == ["due", "as_required"]


def test_a_duty_case_has_its_four_parts_every_year(luton: Council) -> None:
    case(luton, "2024-01-08", "children_with_disabilities", category="duty")
    for feed in ("reviews", "assessments", "visits"):
        luton.tell("FeedConfirmed", system="lcs", feed=feed, complete_from="2024-01-01", complete_to="2025-03-31")
    parts = {
        "LU-42": "CaseReviewed",
        "LU-43": "RiskAssessed",
        "LU-44": "ChildSeen",
        "LU-45": "ManagementOversightRecorded",
    }
    dated = {"CaseReviewed": "reviewed_on", "RiskAssessed": "assessed_on", "ChildSeen": "seen_on",
             "ManagementOversightRecorded": "recorded_on"}  # fmt: skip
    for rule, kind in parts.items():
        assert luton.finding("case/C-1", rule, as_at="2025-01-08")["due_on"] == "2025-01-08"
        assert statuses(luton, "case/C-1", rule, "2025-03-31") == ["breached"]
        more = {"by": "W-9"} if kind == "ManagementOversightRecorded" else {}
        luton.tell(kind, case_id="C-1", **{dated[kind]: "2025-03-20"}, **more)
        assert luton.finding("case/C-1", rule, as_at="2025-03-31")["due_on"] == "2026-03-20"


# --- which clauses one finding answers --------------------------------------------------------------------------------

SHROPSHIRES = {
    "worker/W-1": {
        "SH-21": ["SH-22"], "SH-23": ["SH-41", "SH-44"], "SH-24": [], "SH-25": [], "SH-27": [],
        "SH-33": ["SH-46", "SH-47"], "SH-53": ["SH-52"], "SH-34": [], "SH-54": [],
    },
    "case/C-1": {
        "SH-28": ["SH-29", "SH-36", "SH-37", "SH-38", "SH-39", "SH-41"], "SH-30": [], "SH-31": [],
        "SH-32": [], "SH-33": ["SH-46", "SH-47"], "SH-35": [], "SH-42": [], "SH-43": [], "SH-07": [], "SH-08": [],
        "SH-12": [], "SH-13": [], "SH-14": [], "SH-16": [], "SH-18": [], "SH-19": [], "SH-20": [],
        "SH-48": ["SH-49", "SH-50"],
    },
}  # fmt: skip
LUTONS_CASES: dict[str, list[str]] = {"LU-09": [], "LU-12": [], "LU-30": [], "LU-100": ["LU-99"]}
LUTONS = {
    "worker/W-1": {
        "LU-14": ["LU-15", "LU-18", "LU-19", "LU-20"],
        "LU-16": ["LU-17"],
        "LU-26": ["LU-24"],
        "LU-68": [],
        "LU-67": ["LU-28", "LU-66", "LU-23", "LU-25"],
        "LU-69": [],
        "LU-85": ["LU-75", "LU-88"],
        "LU-119": ["LU-120"],
        **{f"LU-{number}": [] for number in (80, 83, 86, 102, 107, 109, 122, 124)},
    },
    "case/C-1": {"LU-47": ["LU-31", "LU-32", "LU-23", "LU-48"], "LU-49": [], "LU-52": [], **LUTONS_CASES},
    "case/C-2": {"LU-40": ["LU-41"], "LU-42": [], "LU-43": [], "LU-44": [], "LU-45": [], **LUTONS_CASES},
    "case/C-3": {"LU-63": ["LU-31", "LU-32", "LU-23", "LU-64"], **LUTONS_CASES},
    "team/T-1": {"LU-13": [], "LU-33": []},
}


def answer(council: Council, rows: dict[str, dict[str, list[str]]]) -> None:
    for subject, rules in rows.items():
        asked = [clause for rule, others in rules.items() for clause in (rule, *others)]
        found = council.compliance(subject, clause=asked, as_at="2025-03-03")["findings"]
        assert {each["rule"]: set(each["clauses"]) >= {each["rule"], *rules[each["rule"]]} for each in found} == (
            dict.fromkeys(rules, True)
        )
        for rule, others in rules.items():
            assert [council.finding(subject, clause, as_at="2025-03-03")["rule"] for clause in others] == (
                [rule] * len(others)
            )
        told = {each["rule"] for each in council.compliance(subject, as_at="2025-03-03")["findings"]}
        assert told == set(rules)


def test_one_finding_answers_all_clauses_that_ask_the_same_in_shropshire(shropshire: Council) -> None:
    worker(shropshire, "family_support_worker", "targeted_early_help")
    case(shropshire, "2025-01-06", "targeted_early_help")
    answer(shropshire, SHROPSHIRES)


def test_one_finding_answers_all_clauses_that_ask_the_same_in_luton(luton: Council) -> None:
    worker(luton, "social_worker", "mash")
    luton.tell("TeamOpened", team_id="T-1", opened_on="2025-01-06", service="mash")
    case(luton, "2025-01-06", "looked_after_children", category="matched_stable")
    more = {"opened_on": "2025-01-06"}
    luton.tell("CaseOpened", case_id="C-2", service="children_with_disabilities", category="duty", **more)
    luton.tell("CaseOpened", case_id="C-3", service="safeguarding_and_qa", **more)
    answer(luton, LUTONS)

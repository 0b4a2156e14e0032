"""A pack with a mistake is refused with the line of the mistake, in words, and the word that was probably meant."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policy.adopted import pack_of
from app.domain.policy.loading import PackErrors, PackFault, as_json, check, load, pointer

PACK = dedent("""\
    id: borough
    version: 2024-04
    title: Supervision in the borough
    documents: {policy: {title: The policy, established: 2024-04}}
    readings:
      RD-1: {phrase: four weekly, taken: 28 days}
    codes:
      roles: [social_worker, practitioner]
      services: {assessment: [], fostering: [matched, not_matched]}
      more: {session_kinds: [individual, group]}
    events:
      session:
        type: SessionHeld
        where: {kind: individual, planned: true, minutes: {at_least: 60}}
      case_discussed: {type: CaseDiscussed, where: {depth: full}}
    rules:
      - id: B-1
        title: Supervision every four weeks
        clause: Section 2
        force: should
        readings: [RD-1]
        subject: worker
        applies: {role: practitioner}
        every: {event: session, target: 28 days, limit: 42 days}
      - id: B-2
        title: Cases by service
        clause: Section 3
        subject: case
        table:
          rows:
            - id: B-3
              title: Matched carers every two months
              clause: Section 3, table
              when: {service: fostering, category: matched}
              every: {event: case_discussed, limit: 2 months}
    examples:
      - title: Nobody is late on the first day
        subject: worker/W-1
        events:
          - type: WorkerStarted
            data: {worker_id: W-1, started_on: 2025-01-06, role: practitioner, service: assessment}
        expect:
          - {on: 2025-01-06, rule: B-1, status: due}
    """)


def the_fault(text: str | bytes) -> PackFault:
    """The one thing that is wrong with `text`."""
    [fault] = check(text)
    return fault


def changed(old: str, new: str) -> str:
    """The pack with one mistake in it."""
    assert PACK.count(old) == 1
    return PACK.replace(old, new)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_pack_without_a_mistake_has_no_faults() -> None:
    assert check(PACK) == []
    assert load(PACK.encode()).rules[0].id == "B-1"


@pytest.mark.parametrize(
    ("old", "new", "code", "meant"),
    [
        ("role: practitioner}\n", "role: practioner}\n", "unknown_role", "practitioner"),
        ("when: {service: fostering", "when: {service: fosterring", "unknown_service", "fostering"),
        ("category: matched}", "category: mached}", "unknown_category", "matched"),
        ("type: SessionHeld", "type: SesionHeld", "unknown_event_type", "SessionHeld"),
        ("planned: true", "planed: true", "unknown_field", "planned"),
        ("kind: individual,", "kind: indvidual,", "unknown_code", "individual"),
        ("depth: full", "depth: ful", "unknown_depth", "full"),
        ("readings: [RD-1]", "readings: [RD-11]", "unknown_reading", "RD-1"),
        ("event: session,", "event: sesion,", "unknown_event", "session"),
        ("limit: 42 days", "limit: 42 dayss", "unknown_unit", "days"),
        ("force: should", "force: shuold", "unknown_force", "should"),
        ("subject: worker\n    applies", "subject: wroker\n    applies", "unknown_subject", "worker"),
        ("clause: Section 2", "cluase: Section 2\n    clause: Section 2", "unknown_key", "clause"),
        ("limit: 2 months", "limmit: 2 months, limit: 2 months", "unknown_key", "limit"),
        ("version: 2024-04\n", "rule: []\nversion: 2024-04\n", "unknown_key", "rules"),
        ("rule: B-1,", "rule: B-11,", "unknown_rule", "B-1"),
        ("type: WorkerStarted", "type: WorkerStated", "unknown_event_type", "WorkerStarted"),
        ("started_on: 2025", "startd_on: 2025-01-06, started_on: 2025", "unknown_field", "started_on"),
    ],
)
def test_a_misspelt_word_is_found_on_its_line_with_the_word_that_was_meant(
    old: str, new: str, code: str, meant: str
) -> None:
    text = changed(old, new)
    fault = the_fault(text)
    assert (fault.code, fault.suggestion, fault.line) == (code, meant, line_of(text, new))
    assert f"did you mean `{meant}`?" in fault.detail


ROLLING = "every: {event: session, target: 28 days, limit: 42 days}"


@pytest.mark.parametrize(
    ("duty", "said"),
    [
        ("at_least: {event: session, rolling: 12 months}", "say how much with either `times` or `minutes`"),
        ("at_least: {event: session, times: 10, minutes: 9, rolling: 1 year}", "say how much with either"),
        (
            "at_least: {event: session, times: 10}",
            "say in what time with either `rolling: 12 months` or `window: year`",
        ),
        (
            "at_least: {event: session, times: 10, rolling: 5 working days}",
            "are counted in days, weeks, months or years",
        ),
        ("at_least: {event: session, times: 0, rolling: 1 year}", "`times` must be 1 or more"),
        ("at_least: {event: sesion, times: 10, rolling: 1 year}", "unknown event `sesion`: did you mean `session`?"),
        ("at_least: {event: session, tmes: 10, rolling: 1 year}", "unknown key `tmes`: did you mean `times`?"),
        (
            "at_least: {event: case_discussed, minutes: 9, rolling: 1 year}",
            "`CaseDiscussed` has no minutes to be added up",
        ),
        (
            "at_least: {event: session, times: 1, rolling: 2 months, silent_for: 2 months}",
            "must be shorter than rolling",
        ),
        ("at_least: {event: session, times: 1, window: year}\n    absence: {effect: pause}", "`pause` stops a clock"),
        (
            "at_least: {event: session, times: 1, window: week}\n    absence: {effect: excuse}",
            "leaves out whole months",
        ),
        ("latest: {event: session}", "asks nothing of the latest event: write `has`, `with`, `without` or `by`"),
        (
            "latest: {event: session, has: {minuts: 90}}",
            "unknown field of SessionHeld `minuts`: did you mean `minutes`?",
        ),
        ("latest: {event: session, has: {planned: maybe}}", "`planned` is true or false"),
        ("latest: {event: session, has: {kind: {at_least: 3}}}", "`kind` is no number"),
        (
            "latest: {event: session, noted: {long: {mins: 9}}, has: {minutes: 9}}",
            "unknown field of SessionHeld `mins`",
        ),
        (
            "latest: {event: session, unless: {nothing: true}, has: {minutes: 9}}",
            "unknown field of SessionHeld `nothing`",
        ),
        ("latest: {event: session, with: [{event: acton, same: session}]}", "unknown event `acton`"),
        (
            "latest: {event: session, without: [{event: {type: ActionAgred}, same: session}]}",
            "did you mean `ActionAgreed`?",
        ),
    ],
)
def test_a_number_or_a_content_that_cannot_be_is_refused_where_it_stands(duty: str, said: str) -> None:
    text = changed(ROLLING, duty)
    faults = check(text)
    assert [fault for fault in faults if said in fault.detail], faults
    first = line_of(text, duty)
    assert all(fault.line in (first, first + 1) for fault in faults)


def test_the_sentence_reads_as_one_would_say_it() -> None:
    fault = the_fault(changed("role: practitioner}\n", "role: practioner}\n"))
    assert str(fault) == "line 23: unknown role `practioner`: did you mean `practitioner`?"
    assert (fault.pointer, fault.column) == ("/rules/0/applies/role", 21)


def test_a_word_like_no_other_is_answered_with_those_there_are() -> None:
    fault = the_fault(changed("role: practitioner}\n", "role: zookeeper}\n"))
    assert fault.detail == "unknown role `zookeeper`: there are practitioner, social_worker"
    assert fault.suggestion is None


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("title: Supervision every four weeks", "title:", "`title` has no value"),
        (
            "title: Supervision every four weeks",
            "title: 4",
            '`title` must be text: put it in quotes; did you mean `"4"`?',
        ),
        ("every: {event: session, target: 28 days, limit: 42 days}", "every: {event: session}", "`limit` is missing"),
        ("limit: 42 days", "limit: six weeks", "`limit` is not a length of time"),
        ("limit: 42 days", "limit: 4 weeks", "target `28 days` must be sooner than limit `4 weeks`"),
        ("planned: true", "planned: yes", "`planned` is true or false"),
        ("planned: true", "planned: {at_least: 3}", "`planned` is no number"),
        ("readings: [RD-1]", "readings: RD-1", "`readings` must be a list"),
        ("roles: [social_worker, practitioner]", "roles: [Social Worker, practitioner]", "`roles` is not written as"),
        ("id: B-3", "id: B-1", "rule `B-1` is here twice"),
        ("worker_id: W-1, started", "worker_id: 7, started", "`worker_id` must be text"),
    ],
)
def test_what_is_wrong_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = changed(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(PACK, old)


def test_a_rule_without_a_duty_is_named_where_it_begins() -> None:
    fault = the_fault(changed("every: {event: case_discussed, limit: 2 months}", "force: must"))
    assert fault.detail == "B-3 needs exactly one of every, as_required; found none"
    assert fault.line == line_of(PACK, "id: B-3")


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "empty"),
        ("# only a remark\n", 1, "empty"),
        ("- id: borough\n- version: 1\n", 1, "not_a_policy"),
        ("just words\n", 1, "not_a_policy"),
        (b"id: borough\ntitle: caf\xe9\n", 2, "not_utf8"),
        ("id: borough\ntitle: a\x00b\n", 2, "not_text"),
        ("id: borough\ntitle: a\ud800b\n", 2, "not_text"),
        ("id: borough\nrules:\n\t- id: B-1\n", 3, "tab"),
        ("id: borough\ntitle: Supervision: a policy\n", 2, "syntax"),
        ("id: borough\ntitle: 'Supervision\nrules: []\n", 2, "syntax"),
        ("id: borough\nthe title\nrules: []\n", 2, "syntax"),
        ("id: borough\nrules: [a,\n  b\nid: x\n", 2, "syntax"),
        ("a: &x 1\nb: *x\n", 1, "anchor"),
        ("id: borough\ntitle: !!python/object:os.system x\n", 2, "tag"),
        ("id: borough\n---\nid: other\n", 2, "several_documents"),
        ("id: borough\n? [a]\n: b\n", 2, "key"),
        ("a: " + "[" * 40, 1, "too_deep"),
        ("x" * 600_000, 1, "too_large"),
        ("".join(f"k{n}: 1\n" for n in range(20_000)), 10_000, "too_large"),
    ],
)
def test_a_file_that_is_no_pack_gets_one_clear_error_with_its_line(text: str | bytes, line: int, code: str) -> None:
    fault = the_fault(text)
    assert (fault.line, fault.code) == (line, code)


def test_an_entry_that_is_given_twice_is_named_with_both_lines() -> None:
    text = changed("id: borough\n", "id: borough\nid: city\n")
    fault = the_fault(text)
    assert (fault.line, fault.code, fault.detail) == (2, "twice", "`id` is here twice: it is also on line 1")


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_lines() -> None:
    text = changed("role: practitioner}\n", "role: practioner}\n").replace("readings: [RD-1]", "readings: [RD-7]")
    assert [(fault.line, fault.code) for fault in check(text)] == [(21, "unknown_reading"), (23, "unknown_role")]
    with pytest.raises(PackErrors, match=r"line 21: unknown reading `RD-7`.*; line 23: unknown role"):
        load(text)


def test_words_that_older_yaml_takes_for_truth_are_words() -> None:
    text = changed("[individual, group]", "[individual, group, no, on, off, yes]")
    assert load(text).codes.more["session_kinds"] == ("individual", "group", "no", "on", "off", "yes")


def test_events_that_are_described_by_way_of_each_other_are_refused() -> None:
    text = changed("events:\n  session:", "events:\n  one: {any_of: [other]}\n  other: {any_of: [one]}\n  session:")
    assert [fault.detail for fault in check(text)] == [
        "event `one` is described by way of itself",
        "event `other` is described by way of itself",
    ]


def test_events_that_multiply_when_they_are_written_out_are_refused_at_once() -> None:
    doubling = "".join(f"  e{number}: {{any_of: [e{number + 1}, e{number + 1}]}}\n" for number in range(100))
    text = changed("events:\n  session:", f"events:\n{doubling}  e100: {{type: CaseDiscussed}}\n  session:")
    found = {fault.pointer: fault.code for fault in check(text.replace("event: case_discussed", "event: e0"))}
    assert set(found.values()) == {"too_large"}
    assert "/events/e0" in found
    assert "/events/e99" not in found


def test_an_index_of_clauses_must_agree_with_the_rules() -> None:
    index = (
        "clauses:\n  B-1: {carries: rule, text: a}\n  B-2: {carries: fact, text: b}\n  B-9: {carries: rule, text: c}\n"
    )
    assert [(fault.line - PACK.count("\n"), fault.code) for fault in check(PACK + index)] == [
        (31 - PACK.count("\n"), "unknown_clause"),
        (3, "clause_index"),
        (4, "clause_index"),
    ]


def test_a_pack_survives_being_kept_as_json() -> None:
    pack = load(PACK)
    kept = as_json(pack)
    assert pack_of(kept) == pack
    assert as_json(pack_of(kept)) == kept
    assert kept["rules"][0]["every"] == {"event": "session", "target": "28 days", "limit": "42 days"}


def test_a_text_that_is_checked_and_then_adopted_is_read_once() -> None:
    assert check(PACK) == []
    first = load.cache_info().misses
    load(PACK)
    assert load.cache_info().misses == first


def test_a_pointer_is_written_as_rfc_6901_says() -> None:
    assert pointer(("rules", 0, "a/b~c")) == "/rules/0/a~1b~0c"


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_is_sent_is_answered(text: str | bytes) -> None:
    assert check(text)


@given(st.data())
def test_a_pack_that_was_cut_and_mended_anywhere_is_answered(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(PACK)))
    end = data.draw(st.integers(start, min(len(PACK), start + 40)))
    for fault in check(PACK[:start] + data.draw(st.text("ab:-[]{}'\"\n 1é", max_size=6)) + PACK[end:]):
        assert fault.line >= 1
        assert fault.detail


def test_an_empty_file_is_told_how_a_policy_begins() -> None:
    [fault] = check("")
    assert (fault.code, fault.detail) == ("empty", "is empty: a policy begins with its `id`, `version` and `title`")


TEAM_RULE = """\
  - id: B-4
    title: Cases are split
    clause: Section 4
    subject: team
    applies: {service: fostering}
    balance: {between: [social_worker, practitioner], tolerance: {cases: 1, points: 10}}
"""


POSTS, TOLERANCE = "[social_worker, practitioner], t", "tolerance: {cases: 1, points: 10}"


@pytest.mark.parametrize(
    ("old", "new", "code", "detail"),
    [
        (
            POSTS,
            POSTS.replace("pract", "prat"),
            "unknown_role",
            "unknown role `pratitioner`: did you mean `practitioner`?",
        ),
        (POSTS, "[social_worker, social_worker], t", "twice", "`social_worker` is here twice"),
        (POSTS, "[social_worker], t", "too_short", "`between` "),
        (TOLERANCE, "counted_through: {manager: case}", "unknown_role", "unknown role `manager`"),
        (TOLERANCE, "counted_through: {practitioner: case}", "counted_twice", "`practitioner` has a share of its own"),
        (TOLERANCE, "delivered: {event: sesion, within: 3 months}", "unknown_event", "unknown event `sesion`: did you"),
        ("points: 10", "point: 10", "unknown_key", "unknown key `point`: did you mean `points`?"),
        (
            "{service: fostering}\n    b",
            "{role: practitioner}\n    b",
            "not_of_a_team",
            "a team has no role: ask for its",
        ),
        (
            "subject: team",
            "subject: case  #",
            "not_of_a_team",
            "balance is about teams: write `subject: team`, not `case`",
        ),
    ],
)
def test_a_split_that_makes_no_sense_is_found_on_its_line(old: str, new: str, code: str, detail: str) -> None:
    whole = PACK.replace("examples:\n", TEAM_RULE + "examples:\n")
    assert check(whole) == []
    assert whole.count(old) == 1
    text = whole.replace(old, new)
    fault = the_fault(text)
    assert (fault.code, fault.line) == (code, line_of(text, new))
    assert fault.detail.startswith(detail)

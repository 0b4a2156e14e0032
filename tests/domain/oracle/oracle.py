"""A second reading of the policies that ship: what a worker, a case or a team is on one day, decided a day at a time.

It was written from the policies and their readings (most of it by someone who had not seen the evaluation in
`app/domain`), shares no code with that, and is slow and plain on purpose. It leaves out merges, policy versions after
the first, excusals, variations and every rule that it does not name; corrections and retractions are for `ledger`.
"""

from datetime import date
from typing import Any

from tests.domain.oracle.audits import judge_council
from tests.domain.oracle.luton_case import judge_luton_case
from tests.domain.oracle.luton_staff import judge_luton_staff
from tests.domain.oracle.national import judge_national_worker
from tests.domain.oracle.reading import discussions_of, happenings
from tests.domain.oracle.shropshire_case import judge_family
from tests.domain.oracle.team import judge_team
from tests.domain.oracle.verdict import Verdict
from tests.domain.oracle.worker import judge_worker


def judge(
    policy: str, applies_from: date, subject_kind: str, subject_id: str, events: list[dict[str, Any]], as_at: date
) -> dict[str, Verdict]:
    """Every rule the oracle knows of this subject, as at the end of the day `as_at`, by facts dated up to it."""
    facts = happenings(events, as_at)
    if policy == "national":
        return judge_national_worker(applies_from, subject_id, facts, as_at)
    if subject_kind == "organisation":
        return judge_council(applies_from, facts, as_at)
    if subject_kind == "worker":
        said = judge_worker(policy, applies_from, subject_id, facts, as_at)
        return said | (judge_luton_staff(applies_from, subject_id, facts, as_at) if policy == "luton" else {})
    if subject_kind == "team":
        return judge_team(applies_from, subject_id, facts, as_at)
    if policy == "shropshire":
        ever = happenings(events, date.max)
        return judge_family(applies_from, subject_id, facts, discussions_of(subject_id, events, as_at), ever, as_at)
    return judge_luton_case(applies_from, subject_id, facts, as_at)

"""What else the oracle says of one of Luton's staff: by role, and of objectives, concerns and the personal file."""

from datetime import date

from tests.domain.oracle.audits import OF_MANAGER, judge_service_manager
from tests.domain.oracle.disputes import RULES as DISPUTES
from tests.domain.oracle.disputes import judge_disputes
from tests.domain.oracle.practitioners import RULES as PRACTITIONERS
from tests.domain.oracle.practitioners import judge_practitioner
from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict
from tests.domain.oracle.worker import walk_employment

RULES = [*OF_MANAGER, *PRACTITIONERS, *DISPUTES]


def judge_luton_staff(applies_from: date, worker_id: str, facts: list[Happening], as_at: date) -> dict[str, Verdict]:
    """Every further rule as at the day."""
    about = [fact for fact in facts if is_about_worker(fact, worker_id)]
    if not any(fact.type == "WorkerStarted" for fact in about):
        return dict.fromkeys(RULES, Verdict("not_assessable"))
    now = walk_employment(about, as_at)
    if now is None or as_at < applies_from or not is_staff(about, now.since):
        return dict.fromkeys(RULES, NOT_APPLICABLE)
    in_role_since = max(now.this_role_since, applies_from)
    return {
        **judge_practitioner(facts, worker_id, now.role, in_role_since, as_at),
        **judge_service_manager(facts, worker_id, now.role, in_role_since, as_at),
        **judge_disputes(facts, worker_id, max(now.since, applies_from), as_at),
    }


def is_staff(about: list[Happening], since: date) -> bool:
    """As the start of this employment says, or as it was said again later; without a word, yes."""
    said = [fact.data.get("subject_kind") for fact in about if fact.type == "WorkerStarted" and fact.on >= since]
    return [kind for kind in said if kind is not None][-1:] in ([], ["staff"])

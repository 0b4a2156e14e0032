"""Four told histories and the pictures of them that the documents show.

`python -m tests.pictures.stories` draws them anew into `docs/pictures/`. They show certain rules only, so that a pack
may grow without changing them.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from app import shipped
from app.domain.calendar import DAY
from app.domain.history import Subject
from app.domain.policy.loading import as_json, load
from app.events.facts import Fact
from app.pictures.scale import Period
from app.pictures.story import Story, story
from app.pictures.timeline import draw
from tests.domain.told import CASE, WORKER, absent, adopted, answered, day, discussed, opened, session, started, told

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
AS_AT = day("2025-04-04")


def drawn_from(subject: Subject, *facts: Fact, as_at: date = AS_AT, period: Period | None = None, **asked) -> Story:
    """The story of the subject as the service would tell it, by default from a year before to three months after."""
    shown = period or Period(as_at - 365 * DAY, as_at + 91 * DAY)
    return answered(lambda found: story(subject, found, as_at, shown, **asked), facts)


def council(name: str, applies_from: str) -> list[Fact]:
    """What a council has told that adopted a shipped policy."""
    pack = as_json(load(shipped.pack(name)))
    return [told("CalendarAdopted", **shipped.calendar()), adopted(pack, applies_from)]


def every(days: int, first: str, last: str) -> Iterable[str]:
    """Days in a rhythm."""
    on = day(first)
    while on <= day(last):
        yield on.isoformat()
        on += timedelta(days=days)


def a_late_case() -> Story:
    """Luton, Family Safeguarding, every four weeks: in September a discussion came late, and now one is missing."""
    held = [*every(28, "2024-07-08", "2024-08-05"), *every(28, "2024-09-16", "2025-03-03")]
    facts = [opened("2024-06-10", "family_safeguarding"), *(discussed(on, depth="full") for on in held)]
    return drawn_from(CASE, *council("luton", "2021-06-01"), *facts, clauses=["LU-37"])


def light_and_full() -> Story:
    """Luton, a stable placement: a light discussion every four to six weeks, a full one every three months."""
    light = ["2024-09-02", "2024-10-07", "2024-12-30", "2025-02-10", "2025-03-17"]
    full = ["2024-08-05", "2024-11-11", "2025-01-13"]
    facts = [discussed(on) for on in light] + [discussed(on, depth="full") for on in full]
    stable = opened("2024-07-15", "looked_after_children", category="matched_stable")
    return drawn_from(CASE, *council("luton", "2021-06-01"), stable, *facts, clauses=["LU-47", "LU-49"])


def two_missed_months() -> Story:
    """Shropshire, a family support worker: September missed, which is tolerated; then both February and March."""
    began = started("2024-05-13", role="family_support_worker", service="targeted_early_help")
    contract = told("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="M-1", made_on="2024-05-20",
                    frequency="1 month", minutes=90)  # fmt: skip
    months = ["2024-06-18", "2024-07-16", "2024-08-20", "2024-10-15", "2024-11-19", "2024-12-17", "2025-01-21"]
    held = [session(on, minutes=90) for on in months]
    told_of = [*council("shropshire", "2021-11-01"), began, contract, *held]
    return drawn_from(WORKER, *told_of, clauses=["SH-23", "SH-24", "SH-25"])


def an_excused_absence() -> Story:
    """Luton, a social worker: supervised every four weeks, away from 17 February to 14 March, and back."""
    began = started("2024-04-15", role="social_worker", service="assessment")
    agreed = told("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="M-1", made_on="2024-04-22")
    held = [session(on, minutes=90) for on in every(28, "2024-05-13", "2025-01-20")]
    check_ins = [session(on, kind="check_in", minutes=60) for on in ("2024-07-10", "2024-10-02", "2024-12-18")]
    away = absent("2025-02-17", "2025-03-14")
    told_of = [*council("luton", "2021-06-01"), began, agreed, *held, *check_ins, *away]
    return drawn_from(WORKER, *told_of, clauses=["LU-14", "LU-26", "LU-67"])


STORIES = {
    "a-late-case": a_late_case,
    "light-and-full": light_and_full,
    "two-missed-months": two_missed_months,
    "an-excused-absence": an_excused_absence,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, tell in STORIES.items():
        (FOLDER / f"{name}.svg").write_text(draw(tell()), encoding="utf-8")

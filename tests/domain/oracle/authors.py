"""What the oracle says of who wrote a record of a family (SH-30, SH-49): the supervisor of then, or somebody else."""

from dataclasses import replace
from datetime import date

from tests.domain.oracle.reading import Happening, place_in_order, speaks_of, supervision_kind
from tests.domain.oracle.verdict import NOT_YET, Verdict


def judge_author(records: list[tuple[Happening, date]], facts: list[Happening], opened: date, since: date) -> Verdict:
    """The record completed last, since the rule began to apply."""
    counting = [(record, on) for record, on in records if on >= since]
    if not counting:
        return NOT_YET
    record, on = max(counting, key=lambda each: place_in_order(replace(each[0], on=each[1])))
    said = written_by_the_supervisor(record, on, facts, opened)
    if said is None:
        return Verdict("not_assessable", "not_known")
    return Verdict("met") if said else Verdict("breached", "wrong_author")


def written_by_the_supervisor(record: Happening, on: date, facts: list[Happening], opened: date) -> bool | None:
    """Whether the writer, or who had it typed, supervised on its day or the discussion's; None: not known."""
    writer = record.data.get("on_behalf_of_id", record.data.get("author_id"))
    discussed = [f for f in facts if f.type == "CaseDiscussed" and f.data["case_id"] == "C-1" and speaks_of(record, f)]
    known = {f.data["supervisor_id"] for f in discussed if "supervisor_id" in f.data}
    led = [f.data["worker_id"] for f in facts if f.type == "CaseAllocated" and opened <= f.on <= on]
    supervised = {f.data["worker_id"] for f in discussed if "worker_id" in f.data} | set(led[-1:])
    for worker in supervised:
        for day in {on, *(f.on for f in discussed)}:
            known |= {who for strand in ("personal", "case") if (who := supervisor_on(worker, strand, day, facts))}
    return writer in known if known and writer is not None else None


def supervisor_on(worker: str, strand: str, day: date, facts: list[Happening]) -> str | None:
    """Whoever stands in on the day, else the one assigned last."""
    assigned = [f for f in facts if f.type == "SupervisorAssigned" and f.data["worker_id"] == worker and f.on <= day]
    for basis in ("interim", "permanent"):
        last = [fact for fact in assigned if supervision_kind(fact) == (strand, basis)][-1:]
        if last and (last[0].day("until") or day) >= day:
            return str(last[0].data["supervisor_id"])
    return None

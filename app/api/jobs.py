"""Jobs: what takes longer than a request may. Where each stands, what it came to, and an end to those not needed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from app.api.answers import PRIVATE, json_response
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters
from app.api.documents import JOB, JOBS, problems
from app.api.naming import names_in
from app.projections import jobs
from app.projections.jobs import ENDED, Job
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["jobs"], prefix="/v1/jobs")

JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,64}$")]
FAILED = (
    "Something failed while this was worked out, and whoever runs the service finds the reason in its log. Put the "
    "question again."
)
LISTS = ("workers", "cases", "obligations", "compliance/summary", "compliance/trend", "data-quality")
"""What can be read of a council as known at a moment."""


@router.get("", summary="The jobs of this council", response_class=Response, responses=JOBS | problems(401, 403, 503))
async def list_jobs(actor: Permitted, service: Service) -> Response:
    """All that are kept, the latest first, without their results. Scope: state:read."""
    found = await jobs.listed(service.database, actor.council)
    if actor.delegated:
        found = [each for each in found if each.asked_by == actor.reader]
    body = {"items": [shown(each) | {"result": None} for each in found], "next_cursor": None}
    return json_response(body, 200, {"Cache-Control": PRIVATE})


@router.get(
    "/{job_id}", summary="One job", response_class=Response, responses=JOB | problems(401, 403, 404, 422, 503)
)  # fmt: skip
async def show_job(actor: Permitted, service: Service, job_id: JobId) -> Response:
    """How far it is (`progress`), and its `result` once `state` is `done`. Kept for an hour after that.

    Ask again after `Retry-After` seconds while it is `waiting` or `running`. Scope: state:read.
    """
    found = await _find(service, actor, job_id)
    told = shown(found)
    if found.kind != "known_at" and found.state == "done" and actor.may("names:read"):
        access = await access_of(service, actor)
        told["names"] = await names_in(service, access, _spoken_of(found.result or {}))
    return json_response(told, 200, _headers(found))


@router.delete(
    "/{job_id}", summary="End a job, or remove its answer", status_code=204, response_class=Response,
    responses=problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def cancel_job(actor: Permitted, service: Service, job_id: JobId) -> Response:
    """It becomes `canceled`, and what it made is removed; to repeat this is no fault. Scope: state:read."""
    found = await _find(service, actor, job_id)
    if actor.delegated and found.asked_by != actor.reader:
        raise jobs.no_such_job()
    await jobs.cancel(service.database, actor.council, job_id)
    return Response(status_code=204)


async def _find(service: Parts, actor: Actor, job_id: str) -> Job:
    """The job; what a simulation or comparison found speaks of everybody: it is there for those who may ask for it.

    Two who put the same question share its job.
    """
    found = await jobs.find(service.database, actor.council, job_id)
    needs = {"simulation": "simulate", "comparison": "compare"}.get(found.kind)
    if needs is not None and not service.gate.in_role(actor, needs):
        raise jobs.no_such_job()
    return found


def accepted(job: Job) -> Response:
    """The answer to a question that became a job."""
    return json_response(shown(job), 202, _headers(job) | {"Location": f"/v1/jobs/{job.id}"})


def _spoken_of(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that names a subject or a team in the result of a simulation or a comparison."""
    if "changed" in result:
        return list(result["changed"]["items"])
    late = [item for name in ("newly_late", "no_longer_late") for item in result[name]["items"]]
    return [*late, *({"subject": {"type": "team", "id": each["team"]}} for each in result["by_team"] if each["team"])]


def _headers(job: Job) -> dict[str, str]:
    return {"Cache-Control": PRIVATE} | ({} if job.state in ENDED else {"Retry-After": "1"})


def shown(job: Job) -> dict[str, Any]:
    """A job as it is given out."""
    return {
        "id": job.id, "kind": job.kind, "state": job.state, "asked": _asked(job), "asked_by": job.asked_by,
        "position": job.position, "created": job.created, "begun": job.begun, "ended": job.ended,
        "kept_until": job.kept_until, "progress": {"done": job.done, "of": job.subjects, "what": "subjects"},
        "result": _result(job) if job.state == "done" else None, "why": FAILED if job.state == "failed" else None,
    }  # fmt: skip


def _asked(job: Job) -> dict[str, Any]:
    """The question; the draft itself is known to who sent it."""
    return {name: value for name, value in job.asked.items() if name not in ("policy", "days")}


def _result(job: Job) -> dict[str, Any]:
    if job.kind == "known_at":
        return {"lists": [f"/v1/{name}?job={job.id}" for name in LISTS]}
    return dict(job.result or {})

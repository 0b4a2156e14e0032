"""Policy packs: check one, adopt one. The pack is stored whole in the ledger, so that no answer depends on a file."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from app.api import bodies
from app.api.answers import at_position, json_response
from app.api.deps import Permitted, Service, access_of, now, only_known_parameters, today
from app.api.documents import problems
from app.domain.calendar import DAY
from app.domain.policy import loading
from app.domain.policy.adoptions import Adoption, adoptions, rules_taken
from app.domain.policy.shapes import Pack
from app.errors import Fault, Invalid, NotFound
from app.events.fields import day
from app.events.sending import recorded_by
from app.recording import own_event
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["policies"], prefix="/v1/policies")

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer", "content": {"application/json": {"schema": {"type": "object"}}}}
}


def body_of(needed: Mapping[str, str], optional: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """A JSON object of texts, each with what it says, as the document describes it."""
    schema = {
        "type": "object",
        "required": list(needed),
        "additionalProperties": False,
        "properties": {name: {"type": "string", "description": said} for name, said in {**needed, **optional}.items()},
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "/check", summary="Check a policy file", response_class=Response,
    openapi_extra=body_of({"policy_yaml": "The policy file, YAML"}),
    responses=_ANSWER | problems(400, 401, 403, 413, 415, 422, 503),
)  # fmt: skip
async def check(request: Request, _actor: Permitted) -> Response:
    """Whether a policy file can be adopted; if not, every error with its line, column and a suggestion.

    200 also when it is invalid. Nothing is stored. Scope: state:read.
    """
    fields = await bodies.fields(request, "policy_yaml")
    faults = await asyncio.to_thread(loading.check, fields["policy_yaml"])
    return json_response({"valid": not faults, "errors": [fault.as_json() for fault in faults]})


@router.post(
    "/adopt", summary="Adopt a policy", response_class=Response,
    openapi_extra=body_of(
        {"policy_yaml": "The policy file, YAML", "applies_from": "The first day it is in force, YYYY-MM-DD"}
    ),
    responses=_ANSWER | {201: _ANSWER[200]} | problems(400, 401, 403, 409, 413, 415, 422, 503),
)  # fmt: skip
async def adopt(request: Request, actor: Permitted, service: Service) -> Response:
    """From `applies_from` on, this version of this policy is in force; it replaces the same policy's earlier version.

    201; the same content with the same date again: 200 and nothing changes. Scope: policies:write.
    """
    fields = await bodies.fields(request, "policy_yaml", "applies_from")
    pack = await asyncio.to_thread(pack_from, fields["policy_yaml"])
    applies_from = _date(fields, "applies_from")
    await _not_taken(service, actor, fields["policy_yaml"], pack, applies_from)
    content = loading.as_json(pack)
    identity = hashlib.sha256(f"{applies_from}\n{fields['policy_yaml']}".encode()).hexdigest()[:32]
    data = {"policy": content, "policy_id": pack.id, "version": pack.version, "applies_from": applies_from}
    event = own_event(actor.council, "PolicyAdopted", f"adopted-{identity}", now(), data)
    access = await access_of(service, actor)
    recorded = await service.recorder.known_position(actor.council, event)
    position = recorded or (await service.recorder.record_own(actor.council, recorded_by(actor), event)).position
    body = {"policy_id": pack.id, "version": pack.version, "applies_from": applies_from, "position": position}
    return json_response(body, 200 if recorded else 201, at_position(access.council, position or 0))


@router.post(
    "/{policy_id}/withdraw", summary="Withdraw a policy", response_class=Response,
    openapi_extra=body_of({"withdrawn_on": "The first day on which it is in force no more, YYYY-MM-DD"}),
    responses=_ANSWER | {201: _ANSWER[200]} | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def withdraw(request: Request, policy_id: str, actor: Permitted, service: Service) -> Response:
    """From `withdrawn_on` on, the policy asks for nothing; what was late before stays in the history (RD-15).

    201; the same again: 200 and nothing changes. It may be adopted anew from any day. Scope: policies:write.
    """
    withdrawn_on = _date(await bodies.fields(request, "withdrawn_on"), "withdrawn_on")
    adopted = await service.assessor.ask_council(
        actor.council, lambda facts: adoptions(facts("council/policies"), date.max)
    )
    ended = _ended(adopted.value, policy_id, date.fromisoformat(withdrawn_on))
    identity = hashlib.sha256(f"{policy_id}\n{withdrawn_on}\n{ended.position}".encode()).hexdigest()[:32]
    data = {"policy_id": policy_id, "withdrawn_on": withdrawn_on}
    event = own_event(actor.council, "PolicyWithdrawn", f"withdrawn-{identity}", now(), data)
    access = await access_of(service, actor)
    recorded = await service.recorder.known_position(actor.council, event)
    if recorded is None and ended.until is not None and ended.until < date.fromisoformat(withdrawn_on):
        raise _not_in_force()
    position = recorded or (await service.recorder.record_own(actor.council, recorded_by(actor), event)).position
    body = {"policy_id": policy_id, "version": ended.pack.version, "withdrawn_on": withdrawn_on, "position": position}
    return json_response(body, 200 if recorded else 201, at_position(access.council, position or 0))


@router.post(
    "/{policy_id}/reviewed", summary="Say that a policy was reviewed and stands", response_class=Response,
    openapi_extra=body_of(
        {"reviewed_on": "The day on which it was reviewed, YYYY-MM-DD; not after today"},
        {"next_review_on": "When it is to be reviewed again, YYYY-MM-DD"},
    ),
    responses=_ANSWER | {201: _ANSWER[200]} | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def reviewed(request: Request, policy_id: str, actor: Permitted, service: Service) -> Response:
    """It changes nothing of what the policy asks; rules that wait for a review of the policy find it.

    201; the same again: 200 and nothing changes. Scope: policies:write.
    """
    fields = await bodies.fields(request, "reviewed_on", optional=("next_review_on",))
    days = {name: _date(fields, name) for name in fields}
    on = date.fromisoformat(days["reviewed_on"])
    if on > today() or days.get("next_review_on", "9999") <= days["reviewed_on"]:
        name = "reviewed_on" if on > today() else "next_review_on"
        said = "must not lie after today" if name == "reviewed_on" else "must lie after reviewed_on"
        raise Invalid("invalid_request", f"{name} {said}.", errors=[Fault(f"/{name}", "wrong_order", said)])
    adopted = await service.assessor.ask_council(
        actor.council, lambda facts: adoptions(facts("council/policies"), date.max)
    )
    version = _ended(adopted.value, policy_id, on, "review").pack.version
    data = {"policy_id": policy_id, **days} | ({"by": actor.person} if actor.person else {})
    identity = hashlib.sha256(f"{policy_id}\n{sorted(days.items())}".encode()).hexdigest()[:32]
    event = own_event(actor.council, "PolicyReviewed", f"reviewed-{identity}", now(), data)
    access = await access_of(service, actor)
    recorded = await service.recorder.known_position(actor.council, event)
    position = recorded or (await service.recorder.record_own(actor.council, recorded_by(actor), event)).position
    body = {"policy_id": policy_id, "version": version, **days, "position": position}
    return json_response(body, 200 if recorded else 201, at_position(access.council, position or 0))


def _ended(found: Sequence[Adoption], policy_id: str, on: date, to: str = "withdraw") -> Adoption:
    """The adoption that holds on the day, or ended on the day before.

    Raises `NotFound`, and `Invalid` where none was in force.
    """
    own = [each for each in found if each.pack.id == policy_id]
    if not own:
        raise NotFound("no_such_policy", "This council has adopted no such policy. GET /v1/policies lists what it has.")
    for each in reversed(own):
        if each.applies_from <= on and (each.until is None or each.until + DAY >= on):
            return each
    raise _not_in_force(to)


def _not_in_force(to: str = "withdraw") -> Invalid:
    said = f"The policy is not in force on that day: there is nothing to {to}. GET /v1/policies says when it is."
    name = "withdrawn_on" if to == "withdraw" else "reviewed_on"
    return Invalid("invalid_request", said, errors=[Fault(f"/{name}", "not_in_force", said)])


def pack_from(text: str, refusal: str = "The policy file has errors, so nothing was adopted.") -> Pack:
    """The pack of a policy file. Raises `Invalid` with every fault in it."""
    try:
        return loading.load(text)
    except loading.PackErrors as errors:
        raise _refused(errors.faults, refusal) from None


def _refused(found: Sequence[loading.PackFault], detail: str) -> Invalid:
    faults = [Fault("/policy_yaml", fault.code, str(fault)) for fault in found]
    return Invalid(
        "invalid_policy", detail, errors=faults, extra={"policy_errors": [fault.as_json() for fault in found]}
    )


async def _not_taken(service: Service, actor: Actor, text: str, pack: Pack, applies_from: str) -> None:
    """Two policies in force together never share the id of a rule. Raises `Invalid`."""
    adopted = await service.assessor.ask_council(
        actor.council, lambda facts: adoptions(facts("council/policies"), date.max)
    )
    taken = list(rules_taken(adopted.value, pack, date.fromisoformat(applies_from)))
    if taken:
        said = "Another policy of this council has rules with the same ids, so nothing was adopted."
        raise _refused(loading.located(text, taken), said)


def _date(fields: Mapping[str, str], name: str) -> str:
    try:
        day(fields[name])
    except ValueError as error:
        raise Invalid(
            "invalid_request", f"{name} is not right.", errors=[Fault(f"/{name}", "not_a_date", str(error))]
        ) from None
    return fields[name]

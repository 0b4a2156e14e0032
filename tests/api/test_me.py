"""Who am I, and what may I: for everybody whose token holds."""

from tests.councils import Council

POST = {"role": "social_worker", "service": "assessment", "started_on": "2024-01-01"}


def test_a_person_sees_their_roles_scopes_and_what_these_give_them(luton: Council) -> None:
    luton.tell("WorkerStarted", worker_id="W-2", **POST)
    with luton.as_person("W-2", "supervisor", "king", scope="state:read names:read") as client:
        said = client.get("/v1/me").json()
    assert (said["council"], said["kind"], said["worker_id"]) == (luton.id, "person", "W-2")
    assert (list(said["roles"]), said["unknown_roles"]) == (["supervisor"], ["king"])
    assert said["scopes"] == ["names:read", "state:read"]
    [of_worker] = [each for each in said["may"] if each["operation"] == "worker"]
    assert of_worker["of"][0] == {
        "relation": "supervised",
        "means": "they supervise this worker, in the personal or the professional strand",
    }
    assert {"file", "case_record"} <= {each["operation"] for each in said["may"]}
    assert said["grants"] == []


def test_only_what_the_policy_chooses_is_there(luton: Council) -> None:
    with luton.as_person("W-1", "supervisee") as client:
        luton.tell("WorkerStarted", worker_id="W-1", **POST)
        whole = {of["relation"] for each in client.get("/v1/me").json()["may"] if each["operation"] == "file"
                 for of in each["of"]}  # fmt: skip
        luton.adopt("shropshire", "2021-11-01")
        stricter = {of["relation"] for each in client.get("/v1/me").json()["may"] if each["operation"] == "file"
                    for of in each["of"]}  # fmt: skip
    assert (whole, stricter) == ({"self", "granted"}, {"granted"})


def test_who_has_left_and_who_has_no_role_is_told_so(council: Council) -> None:
    council.tell("WorkerStarted", worker_id="W-3", **POST)
    council.tell("WorkerLeft", worker_id="W-3", left_on="2025-01-01")
    with council.as_person("W-3", "supervisor") as left, council.as_person("W-4") as nobody:
        assert [left.get("/v1/me").json()[name] for name in ("may", "grants")] == [[], []]
        assert [nobody.get("/v1/me").json()[name] for name in ("roles", "may")] == [{}, []]


def test_an_application_sees_that_roles_of_people_are_nothing_to_it(council: Council) -> None:
    with council.as_client(roles=["supervisor", "council_admin"], scope="") as client:
        said = client.get("/v1/me").json()
    assert (said["kind"], said["worker_id"]) == ("application", None)
    assert (list(said["roles"]), said["unknown_roles"]) == (["council_admin", "integration"], ["supervisor"])

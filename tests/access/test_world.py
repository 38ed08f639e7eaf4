"""People do this and that through the real functions; after every step the database must show each of them what the model does, and it
must have allowed each step that the model allows and refused the others with the same code."""

import hashlib
import secrets
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.types.json import Jsonb
from tests.access.acts import sha, submit
from tests.access.model import Actor, Invitation, Job, Key, Model, Person, Script
from tests.conftest import Clone, cloned
from tests.factories import add_member, make_team, make_user, team_of

from quapsule.database.embedded import EmbeddedServer
from quapsule.database.session import Session
from quapsule.errors import Problem

WHO = st.integers(0, 7)  # taken modulo what there is
WHAT = st.integers(0, 11)
ROLE = st.sampled_from(["owner", "admin", "member"])


def test_database_and_model_agree_about_everybody(server: EmbeddedServer):
    with cloned(server) as clone:
        explore(clone)


@pytest.mark.slow
def test_database_and_model_agree_about_everybody_at_length(server: EmbeddedServer):
    with cloned(server) as clone:
        explore(clone, max_examples=600, derandomize=False, print_blob=True)


def explore(clone: Clone, **how: Any) -> None:
    """The same worlds in every run, unless `how` says otherwise."""
    usual = {"max_examples": 100, "derandomize": True, "stateful_step_count": 20, "deadline": None, "database": None}
    world = type("World", (Access,), {"clone": clone})
    run_state_machine_as_test(world, settings=settings(**{**usual, "suppress_health_check": list(HealthCheck), **how}))


class Access(RuleBasedStateMachine):
    clone: Clone

    @initialize()
    def begin(self) -> None:
        """Four people, each with a team of their own; three of them share one, in which one script and one job are."""
        self.model = Model()
        owner = self.clone.owner
        for _ in range(4):
            email = f"{secrets.token_hex(8)}@example.org"
            person = Person(make_user(owner, email), email)
            self.model.people.append(person)
            self.model.roles[team_of(owner, person.id)] = {person.id: "owner"}
        shared = make_team(owner)
        self.model.roles[shared] = {}
        for person, role in zip(self.model.people, ("owner", "admin", "member"), strict=False):
            add_member(owner, shared, person.id, role)
            self.model.roles[shared][person.id] = role
        self.teams = [shared, *(team for team in self.model.roles if team != shared)]
        self.save_script(2, 0)
        self.submit(2, 0, 0, "local")

    # Rules -------------------------------------------------------------------------------------------------------------------------

    @rule(who=WHO, team=WHAT, what=WHAT, backend=st.sampled_from(["local", "local", "local", "sv1", "ionq-aria-1", "no-such"]))
    def submit(self, who: int, team: int, what: int, backend: str) -> None:
        """With one of the scripts, with inline code, or with a script that there is not."""
        actor, target, choice = self.actor(who), self.team(team), what % (len(self.model.scripts) + 2)
        script = self.model.scripts[choice] if choice < len(self.model.scripts) else None
        missing = choice == len(self.model.scripts) + 1
        fields = {"script_id": str(script.id if script else uuid4())} if script or missing else {}
        done = self.held_against(
            actor, self.model.may_submit(actor, target, script, missing, backend), lambda s: submit(s, target, backend=backend, **fields)
        )
        if done is not None:
            self.model.jobs.append(Job(done, target, actor.person))

    @rule(who=WHO, what=WHAT)
    def cancel(self, who: int, what: int) -> None:
        actor, job = self.actor(who), self.job(what)
        says = self.held_against(
            actor, self.model.may_cancel(actor, job), lambda s: s.value("select public.cancel_job(%(j)s)", {"j": job.id})
        )
        if says is not None:
            job.cancel_asked = job.cancel_asked or job.status == "running"
            job.status = "cancelled" if job.status == "pending" else job.status
            assert says == job.status

    @rule(who=WHO, what=WHAT)
    def retry(self, who: int, what: int) -> None:
        actor, job = self.actor(who), self.job(what)
        new = self.held_against(actor, self.model.may_retry(actor, job), lambda s: s.value("select public.retry_job(%(j)s)", {"j": job.id}))
        if new is not None:
            self.model.jobs.append(Job(new, job.team, actor.person))

    @rule()
    def worker_takes_what_waits(self) -> None:
        with self.clone.as_worker() as worker:
            taken = {row["job_id"]: row["fence"] for row in worker.dicts("select job_id, fence from worker.claim_jobs('w', 1000, 600)")}
        for job in self.model.jobs:
            assert (job.id in taken) == (job.status == "pending")
            if job.id in taken:
                job.status, job.fence = "running", taken[job.id]

    @rule(what=WHAT, status=st.sampled_from(["completed", "failed"]), late=st.booleans())
    def worker_finishes(self, what: int, status: str, late: bool) -> None:
        """A late one names a fence that is not the job's any more."""
        job = self.job(what)
        with self.clone.as_worker() as worker:
            recorded = worker.value(
                "select worker.finish_job(%(j)s, %(f)s, %(o)s)", {"j": job.id, "f": job.fence - late, "o": Jsonb({"status": status})}
            )
        assert recorded == (job.status == "running" and not late)
        if recorded:
            job.status = "cancelled" if job.cancel_asked else status

    @rule(who=WHO, team=WHAT)
    def save_script(self, who: int, team: int) -> None:
        actor, target = self.actor(who), self.team(team)
        script = {"team_id": str(target), "name": "x", "content": "OPENQASM 3.0;", "framework": "openqasm"}
        new = self.held_against(
            actor, self.model.may_write(actor, target), lambda s: s.value("select public.save_script(%(p)s)", {"p": Jsonb(script)})
        )
        if new is not None:
            self.model.scripts.append(Script(new, target, actor.person))

    @rule(who=WHO, what=WHAT, change=st.sampled_from(["publish", "publish", "withdraw", "rename", "delete"]))
    def change_script(self, who: int, what: int, change: str) -> None:
        actor, script = self.actor(who), self.model.scripts[what % len(self.model.scripts)] if self.model.scripts else None
        if script is None:
            return
        fields: dict[str, Any] = {"publish": {"is_public": True}, "withdraw": {"is_public": False}, "delete": {"is_active": False}}.get(
            change, {"name": "y"}
        )
        publishes = fields.get("is_public", script.public) != script.public
        self.held_against(
            actor,
            self.model.may_change_script(actor, script, publishes),
            lambda s: s.value("select public.change_script(%(s)s, %(p)s)", {"s": script.id, "p": Jsonb(fields)}) or True,
            lambda: vars(script).update(public=fields.get("is_public", script.public), active=fields.get("is_active", script.active)),
        )

    @rule(who=WHO, team=WHAT, guest=WHO, role=st.sampled_from(["admin", "member"]))
    def invite(self, who: int, team: int, guest: int, role: str) -> None:
        actor, target, email = self.actor(who), self.team(team), self.person(guest).email
        token_hash = sha(secrets.token_hex(8))
        new = self.held_against(
            actor,
            self.model.may_invite(actor, target, email),
            lambda s: s.value("select public.invite(%(t)s, %(e)s, %(r)s, %(h)s)", {"t": target, "e": email, "r": role, "h": token_hash}),
        )
        if new is not None:
            self.model.invitations.append(Invitation(new, target, email, role, actor.person, token_hash))

    @rule(who=WHO, what=WHAT, invited=st.booleans())
    def accept(self, who: int, what: int, invited: bool) -> None:
        if not self.model.invitations:
            return
        invitation = self.model.invitations[-1 - what % len(self.model.invitations)]
        guest = next(person for person in self.model.people if person.email == invitation.email)
        actor = Actor(guest) if invited else self.actor(who)
        joined = self.held_against(
            actor,
            self.model.may_accept(actor, invitation),
            lambda s: s.value("select public.accept_invitation(%(h)s)", {"h": invitation.token_hash}),
        )
        if joined is not None:
            invitation.status = "accepted"
            self.model.roles[joined][actor.person.id] = invitation.role

    @rule(who=WHO, team=WHAT, whom=WHO, role=ROLE)
    def change_role(self, who: int, team: int, whom: int, role: str) -> None:
        actor, target, person = self.actor(who), self.team(team), self.person(whom)

        def changed() -> None:
            self.model.roles[target][person.id] = role
            if role == "member":
                self.model.end_invitations(target, person)

        query = "update public.team_members set role = %(r)s where team_id = %(t)s and user_id = %(u)s"
        self.held_against(
            actor,
            self.model.may_change_role(actor, target, person, role),
            lambda s: s.run(query, {"r": role, "t": target, "u": person.id}),  # type: ignore[arg-type]
            changed,
        )

    @rule(who=WHO, team=WHAT, whom=WHO)
    def remove(self, who: int, team: int, whom: int) -> None:
        actor, target, person = self.actor(who), self.team(team), self.person(whom)

        def removed() -> None:
            del self.model.roles[target][person.id]
            self.model.end_invitations(target, person)
            self.model.end_keys(target, person)

        query = "delete from public.team_members where team_id = %(t)s and user_id = %(u)s"
        self.held_against(
            actor,
            self.model.may_remove(actor, target, person),
            lambda s: s.run(query, {"t": target, "u": person.id}),  # type: ignore[arg-type]
            removed,
        )

    @rule(who=WHO, team=WHAT, level=st.sampled_from(["read", "simulate", "full"]))
    def make_key(self, who: int, team: int, level: str) -> None:
        actor, target, token_hash = self.actor(who), self.team(team), hashlib.sha256(secrets.token_bytes(8)).digest()
        new = self.held_against(
            actor,
            self.model.may_lead(actor, target),
            lambda s: s.value(
                "select public.create_api_key(%(t)s, 'k', %(l)s, %(h)s, 'abcd', null)", {"t": target, "l": level, "h": token_hash}
            ),
        )
        if new is not None:
            self.model.keys.append(Key(new, target, actor.person, level, token_hash))

    @rule(who=WHO, what=WHAT)
    def revoke_key(self, who: int, what: int) -> None:
        if not self.model.keys:
            return
        actor, key = self.actor(who), self.model.keys[what % len(self.model.keys)]
        hidden = self.model.is_somebody(actor) and key.team not in self.model.led_teams(actor)
        self.held_against(
            actor,
            "not_found" if hidden else self.model.may_lead(actor, key.team),
            lambda s: s.value("select public.revoke_api_key(%(k)s)", {"k": key.id}) or True,
            lambda: vars(key).update(revoked=True),
        )

    @rule(team=WHAT, on=st.booleans())
    def operator_suspends_or_resumes(self, team: int, on: bool) -> None:
        target = self.team(team)
        self.clone.value(f"select private.{'suspend' if on else 'resume'}_team(%s)", target)
        (self.model.suspended.add if on else self.model.suspended.discard)(target)
        for job in self.model.jobs:
            if on and job.team == target and job.status == "pending":
                job.status = "cancelled"

    @rule(whom=WHO, on=st.booleans())
    def operator_disables_or_enables(self, whom: int, on: bool) -> None:
        person = self.person(whom)
        self.clone.owner.execute("update auth.users set banned_until = %s where id = %s", ("infinity" if on else None, person.id))
        person.disabled = on

    # What must hold after each ------------------------------------------------------------------------------------------------------

    @invariant()
    def everybody_sees_what_the_model_shows_them(self) -> None:
        known = [script.id for script in self.model.scripts]  # published scripts of other examples are seen as well
        for actor in self.actors():
            if not self.model.is_somebody(actor):
                continue  # held_against() sees that a dead key opens nothing
            with self.session(actor) as session:
                [seen] = session.dicts(_SEEN, {"scripts": known})
            assert set(seen["teams"]) == self.model.teams(actor)
            assert {(UUID(t), UUID(p), role) for t, p, role in seen["members"]} == self.model.members(actor)
            assert set(seen["jobs"]) == self.model.seen_jobs(actor)
            assert set(seen["scripts"]) == self.model.seen_scripts(actor)
            assert set(seen["keys"]) == self.model.seen_keys(actor)
            assert set(seen["invitations"]) == self.model.seen_invitations(actor)

    @invariant()
    def jobs_invitations_and_keys_are_as_the_model_says(self) -> None:
        for rows, query in (
            ({job.id: job.status for job in self.model.jobs}, "select id, status from public.job_runs where id = any (%s)"),
            ({i.id: i.status for i in self.model.invitations}, "select id, status from public.team_invitations where id = any (%s)"),
            ({key.id: key.revoked for key in self.model.keys}, "select id, revoked_at notnull from public.api_keys where id = any (%s)"),
        ):
            assert dict(self.clone.owner.execute(query, (list(rows),)).fetchall()) == rows

    # Who and how ---------------------------------------------------------------------------------------------------------------------

    def actors(self) -> list[Actor]:
        return [*map(Actor, self.model.people), *(Actor(key.creator, key) for key in self.model.keys[-4:])]

    def actor(self, number: int) -> Actor:
        return self.actors()[number % len(self.actors())]

    def person(self, number: int) -> Person:
        return self.model.people[number % len(self.model.people)]

    def team(self, number: int) -> UUID:
        # Every second time the team that is shared: there is the most to get wrong.
        return self.teams[0] if number % 2 == 0 else self.teams[number // 2 % len(self.teams)]

    def job(self, number: int) -> Job:
        return self.model.jobs[-1 - number % len(self.model.jobs)]

    def session(self, actor: Actor) -> AbstractContextManager[Session]:
        return self.clone.api.as_token(actor.key.token_hash) if actor.key else self.clone.as_user(actor.person.id)

    def held_against(self, actor: Actor, expected: str, act: Any, then: Any = None) -> Any:
        """Does it, and compares the refusal ("" is none, "none" no row). The act's value when it was done, after `then`."""
        try:
            with self.session(actor) as session:
                assert (session.caller is not None) == self.model.is_somebody(actor)
                value = act(session)
        except Problem as problem:
            assert problem.code == expected, f"the database says {problem.code} ({problem.message}), the model {expected or 'yes'}"
            return None
        assert ("none" if value == 0 else "") == expected, f"the database says {value}, the model {expected or 'yes'}"
        if then and not expected:
            then()
        return None if expected else value


_SEEN = """
select array(select id from public.teams) as teams,
       coalesce((select jsonb_agg(jsonb_build_array(team_id, user_id, role)) from public.team_members), '[]') as members,
       array(select id from public.job_runs) as jobs,
       array(select id from public.scripts where id = any (%(scripts)s)) as scripts,
       array(select id from public.api_keys) as keys,
       array(select id from public.team_invitations) as invitations
"""

"""The platform's rules of access once more, in the plainest Python: what test_world.py holds the database against.

Every `try_…` answers the code of the refusal, or "" and then the model has changed as the database should have.
"""

from dataclasses import dataclass, field
from uuid import UUID

LEADERS = ("owner", "admin")


@dataclass
class Person:
    id: UUID
    email: str
    disabled: bool = False


@dataclass
class Key:
    id: UUID
    team: UUID
    creator: Person
    level: str
    token_hash: bytes
    revoked: bool = False


@dataclass
class Script:
    id: UUID
    team: UUID
    author: Person
    public: bool = False
    active: bool = True


@dataclass
class Job:
    id: UUID
    team: UUID
    author: Person
    status: str = "pending"
    cancel_asked: bool = False
    fence: int = 0


@dataclass
class Invitation:
    id: UUID
    team: UUID
    email: str
    role: str
    inviter: Person
    token_hash: str
    status: str = "pending"


@dataclass
class Actor:
    """A person in a session, or one of their keys."""

    person: Person
    key: Key | None = None


@dataclass
class Model:
    people: list[Person] = field(default_factory=list)
    roles: dict[UUID, dict[UUID, str]] = field(default_factory=dict)  # team → person → role
    suspended: set[UUID] = field(default_factory=set)
    keys: list[Key] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)

    # What one sees ---------------------------------------------------------------------------------------------------------------

    def is_somebody(self, actor: Actor) -> bool:
        """Whether the actor's token opens anything: a dead key does not. (A disabled person's claims may still be on their way.)"""
        key = actor.key
        return key is None or not (key.revoked or actor.person.disabled or self._role(key.team, actor.person) is None)

    def teams(self, actor: Actor) -> set[UUID]:
        if actor.person.disabled or not self.is_somebody(actor):
            return set()
        mine = {team for team, members in self.roles.items() if actor.person.id in members}
        return mine & {actor.key.team} if actor.key else mine

    def led_teams(self, actor: Actor) -> set[UUID]:
        return {team for team in self.teams(actor) if self._role(team, actor.person) in LEADERS}

    def members(self, actor: Actor) -> set[tuple[UUID, UUID, str]]:
        return {(team, person, role) for team in self.teams(actor) for person, role in self.roles[team].items()}

    def seen_jobs(self, actor: Actor) -> set[UUID]:
        return {job.id for job in self.jobs if job.team in self.teams(actor)}

    def seen_scripts(self, actor: Actor) -> set[UUID]:
        return {s.id for s in self.scripts if (s.active and s.public) or s.team in self.teams(actor) or self._owns(actor, s)}

    def seen_keys(self, actor: Actor) -> set[UUID]:
        return {key.id for key in self.keys if key.team in self.led_teams(actor)}

    def seen_invitations(self, actor: Actor) -> set[UUID]:
        return {invitation.id for invitation in self.invitations if invitation.team in self.led_teams(actor)}

    # What one may do -------------------------------------------------------------------------------------------------------------

    def may_write(self, actor: Actor, team: UUID) -> str:
        if not self.is_somebody(actor):
            return "permission_denied"
        if team not in self.teams(actor):
            return "not_found"
        if actor.key and actor.key.level == "read":
            return "permission_denied"
        return "team_suspended" if team in self.suspended else ""

    def may_lead(self, actor: Actor, team: UUID) -> str:
        """In person, as owner or admin of a live team."""
        if not self.is_somebody(actor):
            return "permission_denied"
        if team not in self.teams(actor):
            return "not_found"
        if actor.key or team not in self.led_teams(actor):
            return "permission_denied"
        return "team_suspended" if team in self.suspended else ""

    def may_submit(self, actor: Actor, team: UUID, script: Script | None, missing: bool, backend: str) -> str:
        if code := self.may_write(actor, team):
            return code
        runs = script is not None and script.active and (script.public or script.team == team or self._owns(actor, script))
        if missing or (script is not None and not runs):
            return "script_not_found"
        if backend == "sv1" and actor.key and actor.key.level == "simulate":
            return "permission_denied"
        return {"local": "", "sv1": "backend_unavailable", "ionq-aria-1": "backend_retired"}.get(backend, "backend_unknown")

    def may_change_job(self, actor: Actor, job: Job) -> str:
        if code := self.may_write(actor, job.team):
            return code
        return "" if job.author is actor.person or job.team in self.led_teams(actor) else "permission_denied"

    def may_cancel(self, actor: Actor, job: Job) -> str:
        return self.may_change_job(actor, job) or ("conflict" if job.status in ("completed", "failed") else "")

    def may_retry(self, actor: Actor, job: Job) -> str:
        return self.may_change_job(actor, job) or ("conflict" if job.status in ("pending", "running") else "")

    def may_change_script(self, actor: Actor, script: Script, publishes: bool) -> str:
        if not self.is_somebody(actor):
            return "permission_denied"
        if not script.active or script.id not in self.seen_scripts(actor):
            return "script_not_found"
        if script.team not in self.teams(actor):
            return "permission_denied"
        if code := self.may_write(actor, script.team):
            return code
        leads = script.team in self.led_teams(actor)
        return "" if leads or (script.author is actor.person and not publishes) else "permission_denied"

    def may_invite(self, actor: Actor, team: UUID, email: str) -> str:
        if code := self.may_lead(actor, team):
            return code
        member = any(person.email == email for person in self.people if person.id in self.roles[team])
        waits = any((i.team, i.email, i.status) == (team, email, "pending") for i in self.invitations)
        return "already_exists" if member or waits else ""

    def may_accept(self, actor: Actor, invitation: Invitation) -> str:
        if actor.key or actor.person.disabled or actor.person.email != invitation.email:
            return "permission_denied"
        if invitation.status != "pending":
            return "conflict"
        if invitation.team in self.suspended:
            return "team_suspended"
        if invitation.inviter.disabled or self._role(invitation.team, invitation.inviter) not in LEADERS:
            return "conflict"
        return "already_exists" if self._role(invitation.team, actor.person) else ""

    # Members: "none" means that the statement reaches no row ----------------------------------------------------------------------

    def may_change_role(self, actor: Actor, team: UUID, person: Person, role: str) -> str:
        if not self.is_somebody(actor):
            return "permission_denied"
        old = self._role(team, person)
        if old is None or actor.key or team not in self.led_teams(actor) or team in self.suspended:
            return "none"
        lowers = role == "member" or (old, role) == ("owner", "admin")
        stands = (old, role) == ("member", "member")
        if self._role(team, actor.person) != "owner" and not stands and not (person is actor.person and lowers):
            return "permission_denied"
        return "last_owner" if old == "owner" and lowers and self._is_last_owner(team) else ""

    def may_remove(self, actor: Actor, team: UUID, person: Person) -> str:
        if not self.is_somebody(actor):
            return "permission_denied"
        old = self._role(team, person)
        if old is None or actor.key or team not in self.teams(actor) or team in self.suspended:
            return "none"
        if person is not actor.person and team not in self.led_teams(actor):
            return "none"
        if self._role(team, actor.person) != "owner" and old != "member" and person is not actor.person:
            return "permission_denied"
        return "last_owner" if old == "owner" and self._is_last_owner(team) else ""

    def end_invitations(self, team: UUID, person: Person) -> None:
        for invitation in self.invitations:
            if invitation.team == team and invitation.inviter is person and invitation.status == "pending":
                invitation.status = "revoked"

    def end_keys(self, team: UUID, person: Person) -> None:
        for key in self.keys:
            key.revoked = key.revoked or (key.team == team and key.creator is person)

    def _role(self, team: UUID, person: Person) -> str | None:
        return self.roles.get(team, {}).get(person.id)

    def _is_last_owner(self, team: UUID) -> bool:
        return sum(role == "owner" for role in self.roles[team].values()) == 1

    def _owns(self, actor: Actor, script: Script) -> bool:
        return script.author is actor.person and actor.key is None and not actor.person.disabled

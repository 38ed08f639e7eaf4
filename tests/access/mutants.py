"""Holes that somebody might make one day: each is one change of a rules file, and names the test that has to notice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import Phase
from tests.access import test_escalation as escalation
from tests.access import test_sealed_and_suspended as sealed
from tests.access import test_server_doors as doors
from tests.access import test_world as world
from tests.access.cast import TEAM, USER
from tests.capsules import test_guards as guards
from tests.capsules.sealed import make_capsule
from tests.conftest import Clone

Catcher = str | Callable[[Clone], Any]  # a table whose cells of the matrix change, or a test


def _in_some_world(clone: Clone) -> None:
    world.explore(clone, phases=(Phase.generate,))  # that it fails is enough, nobody reads the shortest way


def _draft_in(clone: Clone) -> UUID:
    clone.owner.execute("delete from public.capsules where lifecycle_state = 'draft'")
    return make_capsule(clone.owner, TEAM["alpha"], USER["mia"])


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in rules/<file>.sql, everywhere; an empty `old` adds `new` at the end."""

    says: str
    file: str
    old: str
    new: str
    caught_by: Catcher


MUTANTS = (
    # Policies
    Mutant(
        "jobs are seen by everybody",
        "jobs",
        "using (team_id = any ((select private.my_teams())::uuid[]))",
        "using (true)",
        "public.job_runs",
    ),
    Mutant(
        "a job's output is seen by everybody",
        "jobs",
        "",
        'alter policy "Who sees a job sees its output" on public.job_logs using (true);',
        "public.job_logs",
    ),
    Mutant(
        "row security is off on results", "jobs", "", "alter table public.job_results disable row level security;", "public.job_results"
    ),
    Mutant("row security is not forced on jobs", "jobs", "", "alter table public.job_runs no force row level security;", "rls"),
    Mutant("deleted scripts stay published", "scripts", "(is_active and (is_public", "((is_public", "public.scripts"),
    Mutant(
        "scripts in another's name",
        "scripts",
        "user_id = (select auth.uid()) and team_id = any ((select private.my_live_teams())::uuid[])",
        "team_id = any ((select private.my_live_teams())::uuid[])",
        "public.scripts",
    ),
    Mutant(
        "scripts in a foreign team",
        "scripts",
        "user_id = (select auth.uid()) and team_id = any ((select private.my_live_teams())::uuid[])",
        "user_id = (select auth.uid())",
        "public.scripts",
    ),
    Mutant(
        "members remove members",
        "teams",
        "and (user_id = (select auth.uid()) or team_id = any ((select private.my_led_teams())::uuid[])))",
        ")",
        "public.team_members",
    ),
    Mutant(
        "leaders of suspended teams change roles",
        "teams",
        "and team_id = any ((select private.my_live_teams())::uuid[])",
        "",
        "public.team_members",
    ),
    Mutant(
        "members see keys",
        "accounts",
        "using (team_id = any ((select private.my_led_teams())::uuid[]))",
        "using (team_id = any ((select private.my_teams())::uuid[]))",
        "public.api_keys",
    ),
    Mutant(
        "members see each other's telemetry",
        "simulations",
        "using (user_id = (select auth.uid()) and team_id",
        "using (team_id",
        "public.simulation_events",
    ),
    Mutant(
        "a simulation's seed is seen by everybody",
        "simulations",
        "using (exists (select 1 from public.simulation_events as e where e.id = event_id))",
        "using (true)",
        "public.simulation_runs",
    ),
    # Grants
    Mutant("a job can be moved", "jobs", "", "grant update (team_id) on public.job_runs to authenticated;", "public.job_runs"),
    Mutant("jobs can be truncated", "jobs", "", "grant truncate on public.job_runs to authenticated;", "public.job_runs"),
    Mutant("sealed values can be read", "team_secrets", "", "grant select on public.team_secrets to authenticated;", "public.team_secrets"),
    Mutant("the worker reads jobs", "worker", "", "grant select on public.job_runs to worker_login;", "public.job_runs"),
    Mutant("visitors see people", "callers", "", "grant select on private.people to anon;", "private.people"),
    Mutant(
        "temporary tables are allowed",
        "callers",
        "",
        "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$;",
        lambda clone: doors.test_no_caller_gets_at_the_server_or_the_schema(
            clone, "authenticated", "create temporary table teams (id uuid)"
        ),
    ),
    # Who am I
    Mutant("a key reaches all teams of its creator", "callers", "if v_team is not null then", "if false then", "public.job_runs"),
    Mutant(
        "a key sees its creator's own scripts elsewhere", "scripts", "->> 'team_id' is not null", "->> 'team_id' = 'x'", "public.scripts"
    ),
    Mutant(
        "a disabled person goes on reading",
        "callers",
        "where u.id = v_user and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())",
        "where u.id = v_user",
        doors.test_disabled_person_sees_nothing_with_claims_that_were_verified_before,
    ),
    Mutant(
        "a key outlives its membership",
        "callers",
        "join public.team_members as m on m.team_id = k.team_id and m.user_id = k.created_by\n",
        "\n",
        sealed.test_removed_members_key_and_disabled_persons_session_open_nothing,
    ),
    Mutant("a read key writes", "callers", "if private.my_level() = 'read' then", "if false then", "public.scripts"),
    Mutant("a suspended team writes", "callers", "and t.suspended_at is null", "", "public.capsules"),
    Mutant(
        "a key leads in person",
        "accounts",
        "->> 'key_id' is null",
        "->> 'key_id' is not null or true",
        lambda clone: sealed.test_leaked_key_cannot_make_itself_a_way_back(clone, "select public.create_team('x')", {}),
    ),
    # Guards and functions
    Mutant(
        "roles are not guarded",
        "teams",
        "create trigger team_members_guard before update or delete",
        "create trigger team_members_guard before update of created_at",
        escalation.test_admin_cannot_become_owner,
    ),
    Mutant(
        "owners leave without waiting for each other",
        "teams",
        "where t.id = old.team_id for no key update",
        "where t.id = old.team_id",
        escalation.test_two_owners_who_leave_at_once_leave_one_behind,
    ),
    Mutant(
        "an invitation opens for any address",
        "teams",
        "lower(v_invitation.email) <> lower(v_me ->> 'email')",
        "false",
        escalation.test_invitation_opens_for_its_address_alone_and_once,
    ),
    Mutant(
        "foreign scripts run",
        "jobs",
        "and (s.is_public or (s.team_id is null",
        "and (true or (s.team_id is null",
        escalation.test_job_with_a_foreign_script_is_refused_as_with_a_missing_one,
    ),
    Mutant(
        "members cancel each other's jobs",
        "jobs",
        "v.user_id is distinct from auth.uid() and not private.is_leader(v.team_id)",
        "false",
        escalation.test_member_cannot_cancel_the_job_of_another,
    ),
    Mutant(
        "suspended teams save scripts",
        "scripts",
        "elsif v_team <> all (private.my_live_teams()) then",
        "elsif false then",
        lambda clone: sealed.test_suspended_team_changes_nothing(clone, *sealed.SAVE_SCRIPT),
    ),
    Mutant("suspended teams submit", "callers", "and t.suspended_at is null", "", _in_some_world),
    Mutant(
        "members publish",
        "scripts",
        "is distinct from coalesce(v.is_public, false) and not private.is_leader(v.team_id)",
        "is null",
        escalation.test_member_cannot_publish,
    ),
    Mutant(
        "sealed capsules change",
        "seals",
        "create trigger capsules_guard before update or delete",
        "create trigger capsules_guard before update of git_sha",
        sealed.test_sealed_capsule_cannot_be_edited_by_anybody,
    ),
    Mutant(
        "a sealed capsule's files change while replicating",
        "seals",
        "and f.proname ~ '^(guard|keep|refuse|check)_'",
        "and f.proname ~ '^(keep|refuse|check)_'",
        sealed.test_sealed_capsule_cannot_be_edited_by_anybody,
    ),
    Mutant(
        "a capsule is sealed by saying so",
        "seals",
        "if v.capsule_id is null or v.sealed_at is distinct from new.sealed_at then",
        "if false then",
        lambda clone: guards.test_nothing_is_sealed_without_a_seal_and_no_draft_has_one(clone, _draft_in(clone)),
    ),
    Mutant(
        "signatures change",
        "seals",
        "create trigger capsule_signatures_guard before update or delete",
        "create trigger capsule_signatures_guard before update of id",
        "public.capsule_signatures",
    ),
    Mutant("a team takes what is to be kept along", "seals", "if v_until > now() then", "if false then", "public.teams"),
    Mutant(
        "the trail can be edited",
        "seals",
        "create trigger capsule_changes_guard before update or delete",
        "create trigger capsule_changes_guard before update of id",
        "public.capsule_changes",
    ),
    Mutant(
        "members see other teams' trails",
        "signing",
        "on public.capsule_changes for select to authenticated\n  using (team_id = any ((select private.my_teams())::uuid[]))",
        "on public.capsule_changes for select to authenticated\n  using (true)",
        "public.capsule_changes",
    ),
    Mutant(
        "events of all teams",
        "events",
        "(e.team_id is null or e.team_id = any ((select private.my_teams())::uuid[]))",
        "true",
        sealed.test_events_and_errands_of_others_stay_theirs,
    ),
    Mutant(
        "a demoted inviter's invitations stay open",
        "teams",
        "if tg_op = 'DELETE' or new.role = 'member' then",
        "if tg_op = 'DELETE' then",
        escalation.test_invitation_of_a_demoted_admin_stays_closed_when_they_lead_again,
    ),
    Mutant(
        "a renamed script may be a published one of others",
        "scripts",
        "elsif v.team_id is null or v.team_id <> all (private.my_teams()) then",
        "elsif v.team_id is null then",
        _in_some_world,
    ),
    Mutant(
        "a late worker writes",
        "worker",
        "g.job_id = l.job_id and g.fence = l.fence\n     order by l.job_id for update of l\n  ), done",
        "g.job_id = l.job_id\n     order by l.job_id for update of l\n  ), done",
        _in_some_world,
    ),
    Mutant(
        "notifications tell", "events", "'ended ' || new.id", "'ended ' || new.id || new.team_id", doors.test_notifications_carry_no_data
    ),
)

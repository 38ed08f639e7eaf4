-- name: head
select pg_snapshot_xmin(pg_current_snapshot())::text

-- name: events_after
select h.held, e.xid::text as xid, e.seq, e.topic, e.name, e.team_id, e.row_id
  from (select private.events_held() as held) as h
  left join private.events_after(%(xid)s::text::xid8, %(seq)s, %(limit)s) as e on true

-- name: my_events_after
select e.xid::text as xid, e.seq, e.topic, e.name, e.team_id, e.row_id
  from private.my_events_after(%(xid)s::text::xid8, %(seq)s, %(limit)s) as e

-- name: can_resume
select private.can_resume(%(xid)s::text::xid8, %(seq)s)

-- name: my_teams
select private.my_teams()

-- name: forget_events
select private.forget_events()

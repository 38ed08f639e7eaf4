"""Notifications are a hint that survives a lost connection."""

from tests.conftest import Clone

from quapsule.database.listen import listen


def test_a_notification_is_heard_with_its_channel_and_payload(database: Clone) -> None:
    ear = listen(database.worker_url, ["quapsule_jobs", "quapsule_events"], timeout=5)
    assert next(ear) is None
    database.owner.execute("select pg_notify('quapsule_jobs', 'pending'), pg_notify('quapsule_events', '')")
    assert [next(ear), next(ear)] == [("quapsule_jobs", "pending"), ("quapsule_events", "")]
    database.owner.execute("select pg_notify('quapsule_jobs', 'again')")
    assert next(ear) == ("quapsule_jobs", "again")
    ear.close()  # type: ignore[attr-defined]


def test_silence_is_none(database: Clone) -> None:
    ear = listen(database.worker_url, ["quapsule_jobs"], timeout=0.05)
    assert [next(ear), next(ear), next(ear)] == [None, None, None]
    ear.close()  # type: ignore[attr-defined]


def test_a_cut_connection_is_made_again(database: Clone) -> None:
    ear = listen(database.worker_url, ["quapsule_jobs"], timeout=5)
    assert next(ear) is None
    database.owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quapsule listen'")
    assert next(ear) is None  # the cut
    assert next(ear) is None  # listening again: time to poll
    database.owner.execute("select pg_notify('quapsule_jobs', 'after')")
    assert next(ear) == ("quapsule_jobs", "after")
    ear.close()  # type: ignore[attr-defined]

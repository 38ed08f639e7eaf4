"""PostgreSQL: who is asking, named queries, migrations, and the embedded server."""

"""Alembic's entry: migrates the ledger that the settings name, as the role that owns it."""

from alembic import context
from sqlalchemy import URL, create_engine, pool

from flows import settings


def address() -> URL:
    found = settings.load()
    password = found.ledger_password.get_secret_value() if found.ledger_password else None
    return URL.create(
        "postgresql+psycopg", found.ledger_user, password,
        query={"host": found.ledger_host, "port": str(found.ledger_port)}, database=found.ledger_name,
    )  # fmt: skip


if context.is_offline_mode():
    context.configure(dialect_name="postgresql")
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(address(), poolclass=pool.NullPool).connect() as connection:
        context.configure(connection)
        with context.begin_transaction():
            context.run_migrations()

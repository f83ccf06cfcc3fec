"""Limits of the intake that hold over processes and restarts: signups for one address, and of an hour."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
-- Whom it would mail: a keyed hash, so that `web` counts without knowing anybody. Null: from before there was a limit.
ALTER TABLE signup ADD COLUMN mailbox bytea;
CREATE INDEX signup_mailbox ON signup (mailbox, created_at) WHERE mailbox IS NOT NULL;

CREATE TABLE intake_hour (                  -- what an hour has taken; full when that is the limit
    hour       timestamptz PRIMARY KEY,
    taken      int NOT NULL,
    most       int NOT NULL                 -- INTAKE_PER_HOUR_TOTAL as it was then
);
"""

FUNCTIONS = """
-- How often it was signed up since then. `web` may ask, and may not look.
CREATE FUNCTION signups_of(mailbox bytea, since timestamptz) RETURNS bigint STABLE
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM signup s WHERE s.mailbox = signups_of.mailbox AND s.created_at >= signups_of.since $$;
REVOKE ALL ON FUNCTION signups_of FROM PUBLIC;
"""

# What is forgotten of an old signup includes whom it was for.
CLEARED = """
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('clear_ended'::regproc), 'idempotency_key = NULL', 'idempotency_key = NULL, mailbox = NULL');
END $do$;
"""

RIGHTS = """
GRANT INSERT (mailbox) ON signup TO web;
GRANT EXECUTE ON FUNCTION signups_of TO web;
GRANT SELECT, INSERT, UPDATE (taken, most) ON intake_hour TO web;
GRANT SELECT ON intake_hour TO worker;
"""


def upgrade() -> None:
    for part in (TABLES, FUNCTIONS, CLEARED, RIGHTS):
        op.execute(part)

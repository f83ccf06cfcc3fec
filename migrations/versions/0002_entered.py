"""Which signups have entered the ledger; and a mail that Resend reports was sent, even if it was skipped since."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
ALTER TABLE signup
    ADD entered_at timestamptz,            -- when its run had made or found the enrolment
    ADD retries int NOT NULL DEFAULT 0;    -- of a run that failed before that
UPDATE signup SET entered_at = handed_over_at;
CREATE INDEX signup_lost ON signup (handed_over_at) WHERE entered_at IS NULL;
GRANT UPDATE (entered_at) ON signup TO worker;
GRANT UPDATE (retries) ON signup TO server;
"""

# Accepted by Resend, its sender dead before it could say so, and the person said stop: it was sent all the same.
EVENTS = """
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('apply_event'::regproc),
        $$state IN ('sending', 'held')$$, $$state IN ('sending', 'held', 'skipped')$$);
END $do$;
"""


def upgrade() -> None:
    for part in (TABLES, EVENTS):
        op.execute(part)

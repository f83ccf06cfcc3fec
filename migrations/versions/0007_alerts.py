"""What the operator is told: alerts while they last, notices on their way, a brake of its own for complaints."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
CREATE TABLE alert (                        -- something that a person should know, from when until when
    id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    line     text NOT NULL,                 -- which rule found it, such as 'held' or 'silent: christmas'
    state    text NOT NULL CHECK (state IN ('warn', 'fail')),
    said     text NOT NULL,                 -- as of the last look
    remedy   text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    told_at  timestamptz NOT NULL           -- when the last notice of it was made
);
CREATE UNIQUE INDEX alert_open ON alert (line) WHERE ended_at IS NULL;

CREATE TABLE notice (                       -- one message to the operator by one way; its id is Resend's idempotency key
    id               uuid PRIMARY KEY,
    kind             text NOT NULL CHECK (kind IN ('began', 'lasts', 'over', 'digest', 'lead')),
    channel          text NOT NULL CHECK (channel IN ('mail', 'webhook')),
    alert_id         uuid REFERENCES alert ON DELETE CASCADE,
    enrolment_id     uuid REFERENCES enrolment ON DELETE CASCADE, -- of a lead: goes when the person is erased
    day              date,                  -- of a digest: the morning on which it is read
    made_at          timestamptz NOT NULL,
    state            text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'skipped', 'failed')),
    reason           text,
    body             jsonb,                 -- exactly what leaves; of a lead it is forgotten when it has
    first_attempt_at timestamptz,
    next_attempt_at  timestamptz,           -- nobody else takes it up before
    attempts         int NOT NULL DEFAULT 0,
    sent_at          timestamptz
);
CREATE INDEX notice_waiting ON notice (made_at) WHERE state = 'waiting';
CREATE INDEX notice_enrolment ON notice (enrolment_id) WHERE enrolment_id IS NOT NULL;
CREATE INDEX notice_sent ON notice (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE heartbeat (                    -- when a service last did what it does again and again
    name text PRIMARY KEY,
    at   timestamptz NOT NULL
);

-- Looked at every quarter of an hour, in a table that only grows.
CREATE INDEX message_sent ON message (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX message_held ON message (enrolment_id) WHERE state = 'held';
"""

SINCE = """
ALTER TABLE pace
    ADD paused_at timestamptz,              -- when the provider last took nothing
    ADD failing_since timestamptz,          -- when it began to, with no mail taken in between
    ADD complaint_brake text,               -- like `brake`, for too many complaints: only a person takes it away
    ADD complaints_from timestamptz;        -- and when one did: what was sent before counts no more
ALTER TABLE enrolment ADD mirror_failing_since timestamptz; -- the record has been behind since, and every try failed
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON alert, notice TO worker;
GRANT SELECT, INSERT, UPDATE ON heartbeat TO worker;
GRANT SELECT ON heartbeat TO server;
"""


def upgrade() -> None:
    for part in (TABLES, SINCE, RIGHTS):
        op.execute(part)

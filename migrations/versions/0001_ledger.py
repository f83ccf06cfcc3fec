"""The ledger: signups, people, their mails, what was reported of them, who must not be mailed."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE signup (                       -- one accepted POST
    id              uuid PRIMARY KEY,       -- also the id of its flow run
    flow            text NOT NULL,
    idempotency_key text,
    fingerprint     bytea NOT NULL,         -- SHA-256 of the parameters: tells a retry from a clash of keys
    name            text NOT NULL,
    tags            text[] NOT NULL DEFAULT '{}',
    parameters      jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    handed_over_at  timestamptz,            -- when Prefect's flow run was made
    failures        int NOT NULL DEFAULT 0, -- of handing it over
    UNIQUE (flow, idempotency_key)
);
CREATE INDEX signup_waiting ON signup (failures, created_at) WHERE handed_over_at IS NULL;

CREATE TABLE contact (                      -- a person
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email      text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX contact_email ON contact (lower(email));

CREATE TABLE enrolment (                    -- a person in a campaign
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    contact_id     uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    campaign       text NOT NULL,
    version        int NOT NULL,            -- of the campaign, when the person signed up
    segment        text NOT NULL,
    answers        jsonb NOT NULL,          -- checked and cleaned parameters, what mails are written from
    signup_id      uuid NOT NULL,
    timezone       text NOT NULL,
    created_at     timestamptz NOT NULL,
    ended_at       timestamptz,             -- nothing more leaves, and why
    end_reason     text,
    notion_page_id text,
    mirror_due_at  timestamptz,             -- the record in Notion is behind since; null when it is not
    mirror_failure text,                    -- why the last try to bring it up to date failed
    UNIQUE (contact_id, campaign)
);
CREATE INDEX enrolment_mirror ON enrolment (mirror_due_at) WHERE mirror_due_at IS NOT NULL;

CREATE TYPE message_state AS ENUM ('scheduled', 'sending', 'sent', 'held', 'skipped', 'failed');
CREATE TABLE message (                      -- one mail of one enrolment; its id is Resend's idempotency key
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    enrolment_id     uuid NOT NULL REFERENCES enrolment ON DELETE CASCADE,
    step             int NOT NULL,          -- from 1
    mail             text NOT NULL,         -- the file's name
    due_at           timestamptz NOT NULL,
    expires_at       timestamptz,
    state            message_state NOT NULL DEFAULT 'scheduled',
    reason           text,
    wording          text,                  -- which version of the mail's file was rendered
    rendered         jsonb,                 -- exactly what goes to Resend; never changes once it is there
    first_attempt_at timestamptz,
    next_attempt_at  timestamptz,           -- nobody else takes it up before: a claim, or the pause before a retry
    attempts         int NOT NULL DEFAULT 0,
    provider_id      text,
    sent_at          timestamptz,
    UNIQUE (enrolment_id, step),
    CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CHECK (state <> 'sending' OR (rendered IS NOT NULL AND first_attempt_at IS NOT NULL))
);
CREATE INDEX message_due ON message (due_at) WHERE state IN ('scheduled', 'sending');
CREATE INDEX message_provider ON message (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE delivery_event (               -- what Resend reported
    svix_id     text PRIMARY KEY,
    type        text NOT NULL,
    provider_id text,                       -- Resend's id of the mail
    occurred_at timestamptz,
    received_at timestamptz NOT NULL,
    payload     jsonb NOT NULL,
    applied_at  timestamptz
);
CREATE INDEX delivery_event_waiting ON delivery_event (received_at) WHERE applied_at IS NULL;

CREATE TABLE suppression (                  -- an address that must not be mailed
    email      text PRIMARY KEY CHECK (email = lower(email)),
    reason     text NOT NULL,
    source     text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE pace (                         -- when a provider may be asked next, shared by all processes
    provider     text PRIMARY KEY,
    free_at      timestamptz NOT NULL DEFAULT '-infinity',
    paused_until timestamptz NOT NULL DEFAULT '-infinity',
    reason       text
);
INSERT INTO pace (provider) VALUES ('resend'), ('notion');

CREATE TABLE audit (                        -- append only: nobody has a right to change or delete
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    action  text NOT NULL,
    subject uuid,
    detail  text
);
"""

FUNCTIONS = """
CREATE FUNCTION announce_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('signup', ''); RETURN NULL; END $$;
CREATE TRIGGER announce AFTER INSERT ON signup FOR EACH STATEMENT EXECUTE FUNCTION announce_signup();

-- The one thing that `web` may do to a person whom it cannot read.
CREATE FUNCTION stop(contact_id uuid, source text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO suppression (email, reason, source, created_at)
        SELECT lower(c.email), 'unsubscribed', stop.source, stop.at FROM contact c WHERE c.id = stop.contact_id
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN EXISTS (SELECT FROM contact c WHERE c.id = stop.contact_id);
    END IF;
    UPDATE message m SET state = 'skipped', reason = 'unsubscribed'
        FROM enrolment e WHERE e.id = m.enrolment_id AND e.contact_id = stop.contact_id AND m.state = 'scheduled';
    UPDATE enrolment e SET mirror_due_at = stop.at WHERE e.contact_id = stop.contact_id;
    INSERT INTO audit (at, actor, action, subject) VALUES (stop.at, stop.source, 'stopped', stop.contact_id);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION stop FROM PUBLIC;
"""

RIGHTS = """
GRANT INSERT (id, flow, idempotency_key, fingerprint, name, tags, parameters, created_at),
      SELECT (id, flow, idempotency_key, fingerprint, name, tags, created_at) ON signup TO web;
GRANT INSERT, SELECT (svix_id) ON delivery_event TO web;
GRANT EXECUTE ON FUNCTION stop TO web;

GRANT SELECT, UPDATE (handed_over_at, failures) ON signup TO server;
GRANT SELECT (state, due_at, next_attempt_at) ON message TO server;
GRANT SELECT (mirror_due_at) ON enrolment TO server;

GRANT SELECT ON signup TO worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact, enrolment, message, suppression TO worker;
GRANT SELECT, UPDATE (applied_at) ON delivery_event TO worker;
GRANT SELECT, UPDATE ON pace TO worker;
GRANT SELECT, INSERT ON audit TO worker;
GRANT EXECUTE ON FUNCTION stop TO worker;
"""


def upgrade() -> None:
    for part in (TABLES, FUNCTIONS, RIGHTS):
        op.execute(part)

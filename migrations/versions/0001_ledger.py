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
    delivery         text,                  -- the gravest that Resend has reported of it
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
    message_id  uuid                        -- ours; null if the mail was not
);

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

-- From here on nobody mails the address. True if that is news.
CREATE FUNCTION suppress(address text, reason text, source text, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression (email, reason, source, created_at)
        VALUES (lower(suppress.address), suppress.reason, suppress.source, suppress.at) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE message m SET state = 'skipped', reason = suppress.reason
        FROM enrolment e JOIN contact c ON c.id = e.contact_id
        WHERE lower(c.email) = lower(suppress.address) AND e.id = m.enrolment_id AND m.state = 'scheduled';
    UPDATE enrolment e SET mirror_due_at = suppress.at FROM contact c
        WHERE c.id = e.contact_id AND lower(c.email) = lower(suppress.address);
    INSERT INTO audit (at, actor, action, subject, detail)
        SELECT suppress.at, suppress.source, 'suppressed', c.id, suppress.reason FROM contact c
        WHERE lower(c.email) = lower(suppress.address);
    RETURN true;
END $$;

-- The one thing that `web` may do to a person whom it cannot read. False if there is no such person.
CREATE FUNCTION stop(contact_id uuid, source text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE address text := (SELECT c.email FROM contact c WHERE c.id = stop.contact_id);
BEGIN
    IF address IS NOT NULL THEN
        PERFORM suppress(address, 'unsubscribed', stop.source, stop.at);
    END IF;
    RETURN address IS NOT NULL;
END $$;
REVOKE ALL ON FUNCTION stop, suppress FROM PUBLIC;
"""

EVENTS = """
-- How grave a report is. Reports come in any order and more than once: a graver one stays.
CREATE FUNCTION gravity(delivery text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_position(
        ARRAY['sent', 'delivery_delayed', 'delivered', 'failed', 'suppressed', 'bounced', 'complained'], delivery), 0) $$;

-- Why a report forbids to mail the address again; null if it does not. A full mailbox may be empty tomorrow.
CREATE FUNCTION reason_to_suppress(type text, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN type = 'email.complained' THEN 'complained'
                WHEN type = 'email.bounced' AND data->'bounce'->>'type' = 'Permanent' THEN 'bounced'
                WHEN type = 'email.suppressed' THEN 'suppressed by Resend' END $$;

-- What Resend reported takes effect with the row that keeps it, whoever wrote that row.
CREATE FUNCTION apply_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    data jsonb := NEW.payload->'data';
    report text := substr(NEW.type, 7);
    tag text := CASE jsonb_typeof(data->'tags') WHEN 'object' THEN data->'tags'->>'message' END;
    forbids text := reason_to_suppress(NEW.type, data);
    its_enrolment uuid;
    its_address text;
BEGIN
    IF EXISTS (SELECT FROM delivery_event known WHERE known.svix_id = NEW.svix_id) THEN
        RETURN NEW; -- it comes again: the insert does nothing, and neither does this
    END IF;
    SELECT m.id, m.enrolment_id, lower(c.email) INTO NEW.message_id, its_enrolment, its_address
        FROM message m JOIN enrolment e ON e.id = m.enrolment_id JOIN contact c ON c.id = e.contact_id
        WHERE m.id::text = tag OR m.provider_id = NEW.provider_id LIMIT 1;
    IF NEW.message_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- A mail that Resend reports has left, even if the answer to our request was lost.
    UPDATE message SET state = 'sent', reason = NULL, next_attempt_at = NULL, sent_at = NEW.received_at,
        provider_id = coalesce(provider_id, NEW.provider_id)
        WHERE id = NEW.message_id AND state IN ('sending', 'held') AND first_attempt_at IS NOT NULL
          AND NEW.type LIKE 'email.%' AND report <> 'scheduled';
    UPDATE message SET delivery = report WHERE id = NEW.message_id AND gravity(report) > gravity(delivery);
    UPDATE enrolment SET mirror_due_at = coalesce(mirror_due_at, NEW.received_at) WHERE id = its_enrolment;
    IF forbids IS NOT NULL THEN
        PERFORM suppress(its_address, forbids, 'Resend', NEW.received_at);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER apply BEFORE INSERT ON delivery_event FOR EACH ROW EXECUTE FUNCTION apply_event();
"""

RIGHTS = """
GRANT INSERT (id, flow, idempotency_key, fingerprint, name, tags, parameters, created_at),
      SELECT (id, flow, idempotency_key, fingerprint, name, tags, created_at) ON signup TO web;
GRANT INSERT, SELECT (svix_id) ON delivery_event TO web;
GRANT EXECUTE ON FUNCTION stop TO web;

GRANT SELECT, UPDATE (handed_over_at, failures) ON signup TO server;
GRANT SELECT (enrolment_id, step, state, due_at, next_attempt_at) ON message TO server;
GRANT SELECT (mirror_due_at) ON enrolment TO server;

GRANT SELECT ON signup TO worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact, enrolment, message, suppression TO worker;
GRANT SELECT, DELETE ON delivery_event TO worker;
GRANT SELECT, UPDATE ON pace TO worker;
GRANT SELECT, INSERT ON audit TO worker;
GRANT EXECUTE ON FUNCTION stop, suppress TO worker;
"""


def upgrade() -> None:
    for part in (TABLES, FUNCTIONS, EVENTS, RIGHTS):
        op.execute(part)

"""What a person agreed to and when, kept with the very words; sequences that wait until somebody confirms."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
-- As the website sent it: the wording's id and words, and where from. Copied into `consent` when the person is entered.
ALTER TABLE signup ADD COLUMN consent jsonb;

CREATE TABLE consent (                      -- append only: nobody has a right to change or delete
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    campaign   text NOT NULL,
    signup_id  uuid NOT NULL,               -- the signup with which it was given
    act        text NOT NULL CHECK (act IN ('agreed', 'confirmed')),
    wording    text,                        -- the id of what was agreed to
    words      text NOT NULL,               -- the very words: on the form, or on the page with the button
    at         timestamptz NOT NULL,        -- by our clock
    told_at    timestamptz,                 -- by the website's
    origin     text,                        -- of the page, as the browser said
    page       text,                        -- as the website said
    UNIQUE (signup_id, act)
);
CREATE INDEX consent_contact ON consent (contact_id);

ALTER TABLE enrolment
    ADD confirm_by   timestamptz,           -- until when the person may confirm; null if nobody was asked to
    ADD confirmed_at timestamptz,
    ADD waits_for    text CHECK (waits_for IN ('confirmation', 'plan')); -- before the mails of its steps are planned
CREATE INDEX enrolment_waits ON enrolment (confirm_by) WHERE waits_for IS NOT NULL;
COMMENT ON COLUMN message.step IS 'from 1; 0 asks for the confirmation, -1 and below ask again';
"""

CONFIRM = """
-- The person pressed the button. 'done': they have confirmed, now or before. 'stopped': nobody mails the address.
-- 'late': there is nothing to confirm any more.
CREATE FUNCTION confirm_enrolment(id uuid, words text, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE place record;
BEGIN
    SELECT e.id, e.contact_id, e.campaign, e.signup_id, e.waits_for, e.confirm_by, e.confirmed_at, e.ended_at,
           s.reason AS stopped INTO place
        FROM enrolment e JOIN contact c ON c.id = e.contact_id LEFT JOIN suppression s ON s.email = lower(c.email)
        WHERE e.id = confirm_enrolment.id FOR UPDATE OF e;
    IF place.stopped IS NOT NULL THEN
        RETURN 'stopped';
    ELSIF place.confirmed_at IS NOT NULL THEN
        RETURN 'done';
    ELSIF place.waits_for IS DISTINCT FROM 'confirmation' OR place.ended_at IS NOT NULL
          OR place.confirm_by <= confirm_enrolment.at THEN
        RETURN 'late'; -- or nobody, if they were erased
    END IF;
    UPDATE enrolment e SET confirmed_at = confirm_enrolment.at, waits_for = 'plan', mirror_due_at = confirm_enrolment.at
        WHERE e.id = place.id;
    -- Nobody is asked any more. One that is on its way turns out to be sent by its sender or by Resend's report.
    UPDATE message m SET state = 'skipped', reason = 'confirmed'
        WHERE m.enrolment_id = place.id AND m.step <= 0 AND m.state IN ('scheduled', 'sending', 'held');
    INSERT INTO consent (contact_id, campaign, signup_id, act, wording, words, at)
        VALUES (place.contact_id, place.campaign, place.signup_id, 'confirmed',
                (SELECT k.wording FROM consent k WHERE k.contact_id = place.contact_id AND k.campaign = place.campaign
                 AND k.act = 'agreed' ORDER BY k.id DESC LIMIT 1),
                confirm_enrolment.words, confirm_enrolment.at)
        ON CONFLICT DO NOTHING;
    INSERT INTO audit (at, actor, action, subject, detail)
        VALUES (confirm_enrolment.at, 'link', 'confirmed', place.contact_id, place.campaign);
    PERFORM pg_notify('signup', ''); -- the server looks at once
    RETURN 'done';
END $$;

-- The second thing that `web` may do to a person whom it cannot read.
CREATE FUNCTION confirm(id uuid, words text, at timestamptz) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT confirm_enrolment(confirm.id, confirm.words, confirm.at) $$;

-- Whoever has not confirmed in time gets nothing more. How many that were.
CREATE FUNCTION end_unconfirmed(at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE late uuid[] := ARRAY(
    SELECT e.id FROM enrolment e WHERE e.waits_for = 'confirmation' AND e.ended_at IS NULL
        AND e.confirm_by <= end_unconfirmed.at ORDER BY e.id FOR UPDATE SKIP LOCKED);
BEGIN
    UPDATE message m SET state = 'skipped', reason = 'not confirmed'
        WHERE m.enrolment_id = ANY(late) AND m.state = 'scheduled';
    WITH ended AS (
        UPDATE enrolment e SET ended_at = end_unconfirmed.at, end_reason = 'not confirmed',
            mirror_due_at = end_unconfirmed.at
            WHERE e.id = ANY(late) RETURNING e.contact_id, e.campaign)
    INSERT INTO audit (at, actor, action, subject, detail)
        SELECT end_unconfirmed.at, 'clock', 'ended: not confirmed', contact_id, campaign FROM ended;
    RETURN cardinality(late);
END $$;
REVOKE ALL ON FUNCTION confirm_enrolment, confirm, end_unconfirmed FROM PUBLIC;

-- What ends a sequence ends one that has not begun yet, too.
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('end_sequences'::regproc),
        $$AND EXISTS (SELECT FROM message m WHERE m.enrolment_id = e.id AND m.state IN ('scheduled', 'sending', 'held'))$$,
        $$AND (e.waits_for IS NOT NULL OR EXISTS (
            SELECT FROM message m WHERE m.enrolment_id = e.id AND m.state IN ('scheduled', 'sending', 'held')))$$);
END $do$;
"""

KEPT = """
-- Who never confirmed is forgotten a month after the end: what they said, and the words of what asked them.
CREATE FUNCTION forget_unconfirmed(at timestamptz, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE places uuid[] := ARRAY(
    SELECT e.id FROM enrolment e WHERE e.end_reason = 'not confirmed' AND e.answers <> '{}'
        AND e.ended_at < forget_unconfirmed.at - interval '30 days'
        ORDER BY e.ended_at LIMIT most FOR UPDATE SKIP LOCKED);
BEGIN
    UPDATE signup s SET parameters = '{}', name = '', tags = '{}', idempotency_key = NULL, mailbox = NULL,
            consent = NULL, fingerprint = ''
        FROM enrolment e JOIN contact c ON c.id = e.contact_id JOIN signup last ON last.id = e.signup_id
        WHERE e.id = ANY(places) AND s.flow = last.flow AND lower(s.parameters->>'email') = lower(c.email)
          AND s.created_at < e.ended_at AND s.handed_over_at IS NOT NULL;
    UPDATE enrolment SET answers = '{}' WHERE id = ANY(places);
    UPDATE message SET rendered = NULL WHERE enrolment_id = ANY(places);
    IF cardinality(places) > 0 THEN
        INSERT INTO audit (at, actor, action, detail) VALUES (forget_unconfirmed.at, 'nightly', 'cleared',
            format('%s sequences that nobody confirmed', cardinality(places)));
    END IF;
    RETURN cardinality(places);
END $$;

-- A proof is kept for four years after the last mail that it allowed: claims expire three years after the end of their
-- year (in Germany, sections 195 and 199 BGB). docs/consent.md.
CREATE FUNCTION clear_consents(at timestamptz, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before timestamptz := clear_consents.at - interval '4 years';
    cleared int;
BEGIN
    DELETE FROM consent WHERE id IN (
        SELECT k.id FROM consent k WHERE k.at < before AND NOT EXISTS (
            SELECT FROM enrolment e JOIN message m ON m.enrolment_id = e.id WHERE e.contact_id = k.contact_id
                AND (m.state IN ('scheduled', 'sending', 'held') OR greatest(m.due_at, m.sent_at) >= before))
        LIMIT most);
    GET DIAGNOSTICS cleared = ROW_COUNT;
    IF cleared > 0 THEN
        INSERT INTO audit (at, actor, action, detail) VALUES (clear_consents.at, 'nightly', 'cleared',
            format('%s consents from before %s', cleared, before::date));
    END IF;
    RETURN cleared;
END $$;
REVOKE ALL ON FUNCTION forget_unconfirmed, clear_consents FROM PUBLIC;

-- With the signup its copy goes; the row in `consent` stays.
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('clear_ended'::regproc), 'mailbox = NULL', 'mailbox = NULL, consent = NULL');
END $do$;

-- The receipt says how many there were.
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('erase'::regproc), $$    what := 'contact';$$,
        $$    what := 'consent'; rows := (SELECT count(*) FROM consent WHERE contact_id = ANY(people)); RETURN NEXT;
    what := 'contact';$$);
END $do$;
"""

RIGHTS = """
GRANT INSERT (consent) ON signup TO web;
GRANT EXECUTE ON FUNCTION confirm TO web;
GRANT SELECT, INSERT ON consent TO worker;
GRANT EXECUTE ON FUNCTION confirm_enrolment TO worker; -- for simulations
GRANT SELECT (waits_for, confirmed_at, ended_at) ON enrolment TO server;
GRANT EXECUTE ON FUNCTION end_unconfirmed, forget_unconfirmed, clear_consents TO server;
"""


def upgrade() -> None:
    for part in (TABLES, CONFIRM, KEPT, RIGHTS):
        op.execute(part)

"""What the operator's commands about one person and about the whole need: erasure by digest, a brake, some rights."""

from alembic import op

revision = "0003"
down_revision = "0002"

ERASED = """
CREATE TABLE erased (                       -- whoever was erased: nothing is left but this, and nobody mails them
    digest bytea PRIMARY KEY,
    at     timestamptz NOT NULL
);

-- Salted, so that a list of digests made elsewhere is of no use here. The salt is this database's own.
DO $make$ BEGIN EXECUTE format($body$
CREATE FUNCTION digest_of(address text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT sha256(convert_to(%L || lower(address), 'UTF8')) $$
$body$, gen_random_uuid()::text || gen_random_uuid()::text); END $make$;

-- An erased person who comes again by whatever way: known by the digest, and suppressed before anything is planned.
CREATE FUNCTION recognise_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM erased WHERE digest = digest_of(NEW.email)) THEN
        PERFORM suppress(NEW.email, 'erased', 'erasure', NEW.created_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recognise_erased AFTER INSERT ON contact FOR EACH ROW EXECUTE FUNCTION recognise_erased();

-- Whom a report of Resend's names.
CREATE FUNCTION recipients(payload jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(jsonb_array_elements_text(
        CASE jsonb_typeof(payload->'data'->'to') WHEN 'array' THEN payload->'data'->'to' ELSE '[]' END)) $$;

-- What Resend reports of an erased person later names them again. Fires after `apply`, by its name.
CREATE FUNCTION forget_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.message_id IS NULL
       AND EXISTS (SELECT FROM recipients(NEW.payload) address JOIN erased ON digest = digest_of(address)) THEN
        NEW.payload := '{}';
        NEW.provider_id := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_erased BEFORE INSERT ON delivery_event FOR EACH ROW EXECUTE FUNCTION forget_erased();

-- Everything of a person goes but the digest. `audit` keeps what happened and when, and no longer to whom.
CREATE FUNCTION erase(addresses text[], at timestamptz) RETURNS TABLE (what text, rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    people uuid[] := ARRAY(SELECT id FROM contact WHERE lower(email) = ANY(addresses));
    places uuid[] := ARRAY(SELECT id FROM enrolment WHERE contact_id = ANY(people));
    mails uuid[] := ARRAY(SELECT id FROM message WHERE enrolment_id = ANY(places));
    signups uuid[] := ARRAY(SELECT signup_id FROM enrolment WHERE contact_id = ANY(people));
BEGIN
    INSERT INTO erased (digest, at) SELECT digest_of(address), erase.at FROM unnest(addresses) address
        ON CONFLICT DO NOTHING;
    what := 'delivery_event';
    DELETE FROM delivery_event WHERE message_id = ANY(mails)
        OR (message_id IS NULL AND EXISTS (SELECT FROM recipients(payload) address WHERE address = ANY(addresses)));
    GET DIAGNOSTICS rows = ROW_COUNT; RETURN NEXT;
    what := 'signup';
    DELETE FROM signup WHERE id = ANY(signups) OR lower(parameters->>'email') = ANY(addresses);
    GET DIAGNOSTICS rows = ROW_COUNT; RETURN NEXT;
    what := 'suppression';
    DELETE FROM suppression WHERE email = ANY(addresses);
    GET DIAGNOSTICS rows = ROW_COUNT; RETURN NEXT;
    what := 'message'; rows := cardinality(mails); RETURN NEXT;
    what := 'enrolment'; rows := cardinality(places); RETURN NEXT;
    what := 'contact';
    DELETE FROM contact WHERE id = ANY(people);
    GET DIAGNOSTICS rows = ROW_COUNT; RETURN NEXT;
    what := 'audit';
    UPDATE audit SET subject = NULL, detail = NULL WHERE subject = ANY(people)
        OR EXISTS (SELECT FROM unnest(addresses) address WHERE strpos(lower(detail), address) > 0);
    GET DIAGNOSTICS rows = ROW_COUNT; RETURN NEXT;
    INSERT INTO audit (at, actor, action) VALUES (erase.at, 'operator', 'erased');
END $$;
REVOKE ALL ON FUNCTION erase, recognise_erased, forget_erased FROM PUBLIC;
"""

BRAKE = """
-- While it says why, nothing is asked of the provider, whatever the time. A person's act or `doctor` takes it away.
ALTER TABLE pace ADD COLUMN brake text;
"""

RIGHTS = """
GRANT EXECUTE ON FUNCTION erase TO worker;
GRANT SELECT, DELETE ON erased TO worker;
GRANT UPDATE (handed_over_at, failures) ON signup TO worker; -- a signup whose run is gone is handed over again
GRANT SELECT ON alembic_version TO worker;
CREATE INDEX signup_email ON signup (lower(parameters->>'email'));
CREATE INDEX delivery_event_message ON delivery_event (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX enrolment_signup ON enrolment (signup_id);
CREATE INDEX audit_subject ON audit (subject) WHERE subject IS NOT NULL;
"""


def upgrade() -> None:
    for part in (ERASED, BRAKE, RIGHTS):
        op.execute(part)

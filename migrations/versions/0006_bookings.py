"""What booking services report of calls, and sequences that end because another thing happened."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE booking_event (        -- what a booking service reported; of the people in it nothing is kept
    id          text PRIMARY KEY,   -- of the body, so that a report that comes again is the same one
    service     text NOT NULL,
    type        text NOT NULL,      -- in the service's own word
    occasion    text,               -- in ours; null if it means nothing here
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    people      int NOT NULL DEFAULT 0  -- how many of them we knew
);
"""

FUNCTIONS = """
-- Nothing more of these campaigns leaves for this person. What has nothing left to send stays as it is.
CREATE FUNCTION end_sequences(contact uuid, campaigns text[], reason text, actor text, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE running uuid[] := ARRAY(
    SELECT e.id FROM enrolment e WHERE e.contact_id = end_sequences.contact
        AND e.campaign = ANY(end_sequences.campaigns) AND e.ended_at IS NULL
        AND EXISTS (SELECT FROM message m WHERE m.enrolment_id = e.id AND m.state IN ('scheduled', 'sending', 'held')));
BEGIN
    UPDATE message m SET state = 'skipped', reason = end_sequences.reason
        WHERE m.enrolment_id = ANY(running) AND m.state = 'scheduled';
    WITH ended AS (
        UPDATE enrolment e SET ended_at = end_sequences.at, end_reason = end_sequences.reason,
            mirror_due_at = end_sequences.at
            WHERE e.id = ANY(running) AND e.ended_at IS NULL RETURNING e.campaign)
    INSERT INTO audit (at, actor, action, subject, detail)
        SELECT end_sequences.at, end_sequences.actor, 'ended: ' || end_sequences.reason, end_sequences.contact, campaign
        FROM ended;
END $$;

-- What a booking service reported takes effect once, for the people whom we know: some campaigns end for them, and
-- they enter others. `starts` has the flow of each of these, and whether it wants the first name.
CREATE FUNCTION report_booking(
    id text, service text, type text, occurred_at timestamptz, received_at timestamptz,
    booking text, occasion text, addresses text[], ends text[], starts jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known uuid[];
    person uuid;
BEGIN
    INSERT INTO booking_event (id, service, type, occasion, occurred_at, received_at)
        VALUES (report_booking.id, report_booking.service, report_booking.type, report_booking.occasion,
                report_booking.occurred_at, report_booking.received_at)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Somebody whose signup is on its way here is not unknown: the report has to come again in a moment.
    IF EXISTS (SELECT FROM signup s WHERE s.entered_at IS NULL
               AND s.created_at > report_booking.received_at - interval '10 minutes'
               AND lower(s.parameters->>'email') = ANY(report_booking.addresses)) THEN
        RAISE EXCEPTION 'their signup is not entered yet' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    known := ARRAY(SELECT c.id FROM contact c WHERE lower(c.email) = ANY(report_booking.addresses));
    UPDATE booking_event e SET people = cardinality(known) WHERE e.id = report_booking.id;
    FOREACH person IN ARRAY known LOOP
        PERFORM end_sequences(person, report_booking.ends, report_booking.occasion, report_booking.service,
                              report_booking.received_at);
        INSERT INTO signup (id, flow, idempotency_key, fingerprint, name, tags, parameters, created_at)
            SELECT made.id, made.flow, concat_ws(' ', report_booking.service, report_booking.booking, person),
                   sha256(convert_to(made.parameters::text, 'UTF8')), made.flow || '-' || left(made.id::text, 8),
                   ARRAY[report_booking.service], made.parameters, report_booking.received_at
            FROM (SELECT gen_random_uuid() AS id, flow, jsonb_strip_nulls(jsonb_build_object('email', c.email,
                      'first_name', CASE WHEN named::boolean THEN first_name_of(c.id) END)) AS parameters
                  FROM jsonb_each_text(report_booking.starts) AS started (flow, named), contact c
                  WHERE c.id = person) AS made
            ON CONFLICT (flow, idempotency_key) DO NOTHING;
    END LOOP;
END $$;

-- As the person gave it last, cleaned.
CREATE FUNCTION first_name_of(contact uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT e.answers->>'first_name' FROM enrolment e
    WHERE e.contact_id = first_name_of.contact AND e.answers->>'first_name' IS NOT NULL
    ORDER BY e.created_at DESC LIMIT 1 $$;
REVOKE ALL ON FUNCTION end_sequences, report_booking, first_name_of FROM PUBLIC;
"""

RIGHTS = """
GRANT EXECUTE ON FUNCTION report_booking TO web;
GRANT EXECUTE ON FUNCTION end_sequences TO worker;
GRANT SELECT, DELETE ON booking_event TO worker;
"""


def upgrade() -> None:
    for part in (TABLES, FUNCTIONS, RIGHTS):
        op.execute(part)

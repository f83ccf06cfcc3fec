"""What a restored ledger cannot know of a mail, and clearing what nobody needs any more."""

from alembic import op

revision = "0004"
down_revision = "0003"

RESTORED = """
-- The ledger is a backup of this moment: since then the mail may have left without a trace in here.
ALTER TABLE message ADD COLUMN unsure_since timestamptz;
"""

CLEARED = """
-- What people said and the words of their mails, once their sequences have ended before a moment. What stays: who was
-- mailed what and when, the address that the link in an old mail leads to, and every stop. How many rows it cleared.
CREATE FUNCTION clear_ended(before timestamptz, at timestamptz, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ended uuid[];
    signups int;
    events int;
    cleared int;
BEGIN
    ended := ARRAY(
        SELECT e.id FROM enrolment e WHERE e.answers <> '{}' AND e.created_at < before
           AND NOT EXISTS (SELECT FROM message m WHERE m.enrolment_id = e.id
                           AND (m.state IN ('scheduled', 'sending', 'held') OR greatest(m.due_at, m.sent_at) >= before))
        ORDER BY e.created_at LIMIT most FOR UPDATE SKIP LOCKED);
    UPDATE enrolment SET answers = '{}' WHERE id = ANY(ended);
    UPDATE message SET rendered = NULL WHERE enrolment_id = ANY(ended);
    UPDATE signup SET parameters = '{}', name = '', tags = '{}', idempotency_key = NULL, fingerprint = ''
        WHERE id IN (
        SELECT id FROM signup WHERE parameters <> '{}' AND created_at < before AND handed_over_at IS NOT NULL LIMIT most);
    GET DIAGNOSTICS signups = ROW_COUNT;
    UPDATE delivery_event SET payload = '{}' WHERE svix_id IN (
        SELECT svix_id FROM delivery_event WHERE payload <> '{}' AND received_at < before LIMIT most);
    GET DIAGNOSTICS events = ROW_COUNT;
    cleared := cardinality(ended) + signups + events;
    IF cleared > 0 THEN
        INSERT INTO audit (at, actor, action, detail) VALUES (clear_ended.at, 'nightly', 'cleared', format(
            '%s sequences, %s signups, %s reports from before %s', cardinality(ended), signups, events, before::date));
    END IF;
    RETURN cleared;
END $$;
REVOKE ALL ON FUNCTION clear_ended FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_ended TO server;
"""


def upgrade() -> None:
    for part in (RESTORED, CLEARED):
        op.execute(part)

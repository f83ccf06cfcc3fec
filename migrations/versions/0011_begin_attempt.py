"""A sender begins an attempt in one call, with the lock that lets only one mail of a person begin at a time."""

from alembic import op

revision = "0011"
down_revision = "0010"

FUNCTIONS = """
-- Commits to an attempt: one row with the body that an earlier attempt has committed (null: this is the first), or none,
-- if what the sender decided on is not so any more.
--   uncapped: it leaves however many mails the person gets.
--   weekly: whether the person wanted one mail a week when the sender looked.
--   mails: how many other mails the person had then; null: it does not matter.
-- With the caller's rights and the caller's tables: a simulation has temporary ones.
-- Whoever comes second waits for the lock, and a statement after it sees what the first one has committed.
CREATE FUNCTION begin_attempt(
    message uuid, contact uuid, body jsonb, wording text, at timestamptz, uncapped boolean, weekly boolean, mails bigint
) RETURNS TABLE (earlier jsonb) LANGUAGE plpgsql AS $$
BEGIN
    IF begin_attempt.mails IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(begin_attempt.contact::text, 0));
    END IF;
    RETURN QUERY
    UPDATE message m SET state = 'sending', attempts = m.attempts + 1,
        rendered = coalesce(m.rendered, begin_attempt.body), wording = coalesce(m.wording, begin_attempt.wording),
        first_attempt_at = coalesce(m.first_attempt_at, begin_attempt.at)
    FROM enrolment e JOIN contact c ON c.id = e.contact_id
    WHERE m.id = begin_attempt.message AND m.state IN ('scheduled', 'sending')
      AND e.id = m.enrolment_id AND e.ended_at IS NULL
      AND CASE WHEN m.step > 0 THEN e.waits_for IS NULL ELSE e.waits_for = 'confirmation' END
      AND NOT EXISTS (SELECT FROM suppression s WHERE s.email = lower(c.email))
      AND (m.first_attempt_at IS NOT NULL OR begin_attempt.uncapped
           OR ((c.weekly_since IS NOT NULL) = begin_attempt.weekly
               AND (begin_attempt.mails IS NULL OR begin_attempt.mails = (SELECT count(*) FROM message o
                    WHERE o.enrolment_id = ANY(ARRAY(SELECT p.id FROM enrolment p WHERE p.contact_id = e.contact_id))
                      AND o.id <> m.id AND o.first_attempt_at IS NOT NULL AND o.reason IS DISTINCT FROM 'preview'))))
    RETURNING nullif(m.rendered, begin_attempt.body);
END $$;
REVOKE ALL ON FUNCTION begin_attempt FROM PUBLIC;
"""

RIGHTS = "GRANT EXECUTE ON FUNCTION begin_attempt TO worker"


def upgrade() -> None:
    for part in (FUNCTIONS, RIGHTS):
        op.execute(part)

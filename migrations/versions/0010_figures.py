"""Figures without people: what the operator's page and Prometheus may count, and totals that never go down."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
ALTER TABLE pace ADD COLUMN account boolean;  -- whether there is one, as the worker found it at its start

CREATE TABLE erased_tally (                   -- what erased people had added to `tally`, and nothing of theirs
    figure  text NOT NULL,
    source  text NOT NULL,
    step    int NOT NULL,
    bucket  int NOT NULL,
    count   bigint NOT NULL,
    seconds double precision NOT NULL,
    PRIMARY KEY (figure, source, step, bucket)
);
"""

VIEWS = """
-- Everybody's place in a campaign, and why it is over if it is: without anybody's address.
CREATE VIEW place AS
    SELECT e.id, e.campaign, e.segment, coalesce(s.reason, e.end_reason) AS gone,
        coalesce(e.waits_for = 'confirmation', false) AS asked
    FROM enrolment e JOIN contact c ON c.id = e.contact_id LEFT JOIN suppression s ON s.email = lower(c.email);

-- What counts once and for ever, a row for each time. `source` is the flow of a signup and the campaign of a mail. A
-- first mail that was due at once has the seconds from the POST, and its bucket: how many bounds it took longer than.
CREATE VIEW tally AS
    SELECT id AS signup_id, 'signups' AS figure, flow AS source, 0 AS step, 0 AS bucket, 0::double precision AS seconds
    FROM signup
    UNION ALL SELECT id, 'entered', flow, 0, 0, 0 FROM signup WHERE entered_at IS NOT NULL
    UNION ALL SELECT e.signup_id, 'sent', e.campaign, greatest(m.step, 0), 0, 0
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id WHERE m.state = 'sent'
    UNION ALL SELECT signup_id, 'first mail', campaign, 1,
        10 - width_bucket(-took, ARRAY[-3600, -300, -60, -10, -5, -2, -1, -0.5, -0.25, -0.1]::double precision[]), took
    FROM (
        SELECT e.signup_id, e.campaign,
            greatest(extract(epoch FROM m.sent_at - s.created_at), 0)::double precision AS took
        FROM message m JOIN enrolment e ON e.id = m.enrolment_id JOIN signup s ON s.id = e.signup_id
        WHERE m.step = 1 AND m.state = 'sent' AND m.due_at <= e.created_at + interval '1 second') AS prompt;
"""

# An erased person's rows go. What they had counted stays, or a total would go down and read as a restart.
ERASED = """
DO $do$
DECLARE
    before text := pg_get_functiondef('erase'::regproc);
    after text := replace(before, $$    what := 'delivery_event';$$, $$    INSERT INTO erased_tally AS known
        SELECT figure, source, step, bucket, count(*), sum(seconds) FROM tally
        WHERE signup_id = ANY(signups || ARRAY(SELECT id FROM signup WHERE lower(parameters->>'email') = ANY(addresses)))
        GROUP BY figure, source, step, bucket
        ON CONFLICT (figure, source, step, bucket) DO UPDATE
            SET count = known.count + excluded.count, seconds = known.seconds + excluded.seconds;
    what := 'delivery_event';$$);
BEGIN
    IF after = before THEN
        RAISE EXCEPTION 'erase() is not as this migration knows it';
    END IF;
    EXECUTE after;
END $do$;
"""

RIGHTS = """
GRANT SELECT ON place TO worker, server;
GRANT SELECT ON tally, erased_tally, pace TO server;
GRANT SELECT (id, mail, reason, delivery) ON message TO server;
GRANT SELECT (id, campaign, mirror_failure) ON enrolment TO server;
"""


def upgrade() -> None:
    for part in (TABLES, VIEWS, ERASED, RIGHTS):
        op.execute(part)

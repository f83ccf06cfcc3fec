"""What a person chooses on the page behind the link: one series less, or once a week; and a mail shown in a browser."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
-- The person asked for at most one mail a week then; null: they did not.
ALTER TABLE contact ADD COLUMN weekly_since timestamptz;
"""

FUNCTIONS = """
-- What the page says of a person whom `web` cannot read: no row if there is no such person.
CREATE FUNCTION preferences(contact uuid) RETURNS TABLE (stopped boolean, weekly boolean, running text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM suppression s WHERE s.email = lower(c.email)), c.weekly_since IS NOT NULL,
        ARRAY(SELECT e.campaign FROM enrolment e WHERE e.contact_id = c.id AND e.ended_at IS NULL
              AND (e.waits_for IS NOT NULL OR EXISTS (SELECT FROM message m
                   WHERE m.enrolment_id = e.id AND m.state IN ('scheduled', 'sending', 'held')))
              ORDER BY e.created_at DESC)
    FROM contact c WHERE c.id = preferences.contact $$;

-- Nothing more of this campaign leaves for this person, even if it gets more mails some day. Twice is as once.
CREATE FUNCTION leave_series(contact uuid, campaign text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE place uuid;
BEGIN
    UPDATE enrolment e SET ended_at = leave_series.at, end_reason = 'stopped this series', mirror_due_at = leave_series.at
        WHERE e.contact_id = leave_series.contact AND e.campaign = leave_series.campaign AND e.ended_at IS NULL
        RETURNING e.id INTO place;
    IF place IS NULL THEN
        RETURN;
    END IF;
    UPDATE message m SET state = 'skipped', reason = 'stopped this series'
        WHERE m.enrolment_id = place AND m.state = 'scheduled';
    INSERT INTO audit (at, actor, action, subject, detail)
        VALUES (leave_series.at, 'the person', 'ended: stopped this series', leave_series.contact, leave_series.campaign);
END $$;

-- At most one mail a week from now on, or no longer. Twice is as once.
CREATE FUNCTION choose_weekly(contact uuid, weekly boolean, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE contact c SET weekly_since = CASE WHEN choose_weekly.weekly THEN choose_weekly.at END
        WHERE c.id = choose_weekly.contact AND (c.weekly_since IS NULL) = choose_weekly.weekly;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO audit (at, actor, action, subject)
        VALUES (choose_weekly.at, 'the person', CASE WHEN choose_weekly.weekly
            THEN 'asked for at most one mail a week' ELSE 'asked for mails as planned again' END, choose_weekly.contact);
    UPDATE enrolment e SET mirror_due_at = choose_weekly.at WHERE e.contact_id = choose_weekly.contact;
    -- What waits for its week is looked at again. Not what somebody has claimed: that is two minutes at most.
    UPDATE message m SET next_attempt_at = NULL FROM enrolment e
        WHERE NOT choose_weekly.weekly AND e.contact_id = choose_weekly.contact AND m.enrolment_id = e.id
          AND m.state = 'scheduled' AND m.next_attempt_at > choose_weekly.at + interval '3 minutes';
END $$;

-- One mail as it left, for whoever has its link. Null: there is no such mail, or its words are kept no longer.
CREATE FUNCTION mail_html(message uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.rendered->>'html' FROM message m WHERE m.id = mail_html.message $$;
REVOKE ALL ON FUNCTION preferences, leave_series, choose_weekly, mail_html FROM PUBLIC;
"""

RIGHTS = """
GRANT EXECUTE ON FUNCTION preferences, leave_series, choose_weekly, mail_html TO web;
"""


def upgrade() -> None:
    for part in (TABLES, FUNCTIONS, RIGHTS):
        op.execute(part)

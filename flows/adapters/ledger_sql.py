"""The ledger's statements; `postgres.py` says what each is for.

Two of them do not wait until the disk has them (`quick`). Postgres dead within that half second forgets the pace, which
costs nothing, or that a letter was settled: it is then tried again with the same key and the same bytes.
"""

from __future__ import annotations

ENROL = """
    WITH contact AS (
        INSERT INTO contact (id, email, created_at) VALUES (%(contact)s, %(email)s, %(now)s)
        ON CONFLICT (lower(email)) DO UPDATE SET email = contact.email RETURNING id)
    INSERT INTO enrolment (id, contact_id, campaign, version, segment, answers, timezone, signup_id, created_at,
        mirror_due_at, confirm_by, waits_for)
    SELECT %(enrolment)s, id, %(campaign)s, %(version)s, %(segment)s, %(answers)s, %(timezone)s, %(signup)s, %(now)s,
        %(now)s, %(confirm_by)s, %(waits_for)s FROM contact
    ON CONFLICT (contact_id, campaign) DO UPDATE SET version = excluded.version, segment = excluded.segment,
        answers = excluded.answers, timezone = excluded.timezone, signup_id = excluded.signup_id,
        created_at = excluded.created_at, mirror_due_at = excluded.mirror_due_at, confirm_by = excluded.confirm_by,
        waits_for = excluded.waits_for, ended_at = NULL, end_reason = NULL
        WHERE enrolment.end_reason = 'not confirmed'
    RETURNING id, contact_id, created_at, waits_for"""
ENROLLED = """
    SELECT e.id, contact_id, e.created_at, e.waits_for FROM enrolment e JOIN contact c ON c.id = e.contact_id
    WHERE lower(c.email) = lower(%(email)s) AND e.campaign = %(campaign)s"""
END_OTHERS = "SELECT end_sequences(%(contact)s, %(campaigns)s, %(reason)s, 'signup', %(now)s)"
AGREED = """
    INSERT INTO consent (contact_id, campaign, signup_id, act, wording, words, at, told_at, origin, page)
    SELECT %(contact)s, %(campaign)s, id, 'agreed', consent->>'wording', consent->>'words', created_at,
        (consent->>'told_at')::timestamptz, consent->>'origin', consent->>'page'
    FROM signup WHERE id = %(signup)s AND consent IS NOT NULL ON CONFLICT DO NOTHING"""
ASKED = """
    SELECT step, state::text, greatest(due_at, first_attempt_at, sent_at) AS at FROM message
    WHERE enrolment_id = %(id)s AND step <= 0"""
ASK = "UPDATE enrolment SET confirm_by = %(until)s WHERE id = %(id)s"
ENTERED = "UPDATE signup SET entered_at = %(now)s WHERE id = %(signup)s AND entered_at IS NULL"
PLAN = """
    INSERT INTO message (id, enrolment_id, step, mail, due_at, expires_at)
    VALUES (%(id)s, %(enrolment)s, %(step)s, %(mail)s, %(due_at)s, %(expires_at)s)"""
NOTIFY = """
    INSERT INTO notice (id, kind, channel, enrolment_id, made_at)
    VALUES (%(id)s, 'lead', %(channel)s, %(enrolment)s, %(now)s) ON CONFLICT DO NOTHING"""
AUDIT = """
    INSERT INTO audit (at, actor, action, subject, detail)
    VALUES (%(now)s, %(actor)s, %(action)s, %(subject)s, %(detail)s)"""
CLAIM = """
    WITH due AS (
        SELECT id FROM message m
        WHERE state IN ('scheduled', 'sending') AND due_at <= %(now)s
          AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
          AND (%(first_of)s::uuid IS NULL OR (enrolment_id = %(first_of)s AND step <= 1))
          AND NOT EXISTS (SELECT FROM message earlier WHERE earlier.enrolment_id = m.enrolment_id
                          AND earlier.step < m.step AND earlier.state IN ('scheduled', 'sending'))
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE message SET next_attempt_at = %(until)s FROM due WHERE message.id = due.id RETURNING message.id"""
# Every mail of a person that left or may have left, over all campaigns. An array and no join: where few mails have
# left so far, Postgres would look through all of the others for each.
_OTHER_MAILS = """
    FROM message o WHERE o.enrolment_id = ANY(ARRAY(SELECT p.id FROM enrolment p WHERE p.contact_id = e.contact_id))
      AND o.id <> m.id AND o.first_attempt_at IS NOT NULL AND o.reason IS DISTINCT FROM 'preview'"""
LETTERS = f"""
    SELECT m.id, m.enrolment_id, e.contact_id, e.campaign, e.version, e.segment, c.email, e.timezone, e.answers, m.step,
           m.mail, coalesce(e.confirmed_at, e.created_at) AS entered_at, m.state::text, m.due_at, m.expires_at, m.rendered, m.first_attempt_at,
           m.unsure_since, m.attempts,
           s.reason AS suppressed, e.end_reason AS ended, c.weekly_since IS NOT NULL AS weekly,
           ARRAY(SELECT CASE o.state WHEN 'sending' THEN NULL WHEN 'sent' THEN o.sent_at
                        ELSE o.first_attempt_at + %(tries_end)s END {_OTHER_MAILS}) AS mails
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id JOIN contact c ON c.id = e.contact_id
    LEFT JOIN suppression s ON s.email = lower(c.email)
    WHERE m.id = ANY(%(ids)s) ORDER BY m.due_at"""  # noqa: S608 (both parts are our own)
BEGIN = """
    SELECT earlier FROM begin_attempt(%(id)s, %(contact)s, %(body)s, %(wording)s, %(now)s, %(uncapped)s, %(weekly)s,
        %(mails)s::bigint)"""
SETTLE = """
    WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)), settled AS (
        UPDATE message SET state = %(state)s::message_state, reason = %(reason)s, next_attempt_at = NULL,
            provider_id = coalesce(%(provider)s, provider_id),
            sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s ELSE sent_at END
        FROM quick WHERE id = %(id)s AND (state IN ('scheduled', 'sending') OR (%(state)s = 'sent' AND state <> 'sent'))
        RETURNING enrolment_id)
    UPDATE enrolment e SET mirror_due_at = coalesce(mirror_due_at, %(now)s) FROM settled WHERE e.id = settled.enrolment_id"""
POSTPONE = """
    UPDATE message SET next_attempt_at = %(until)s, reason = %(reason)s,
        state = CASE WHEN %(refused)s AND attempts = 1 THEN 'scheduled' ELSE state END,
        first_attempt_at = CASE WHEN %(refused)s AND attempts = 1 THEN NULL ELSE first_attempt_at END,
        attempts = CASE WHEN %(refused)s THEN attempts - 1 ELSE attempts END
    WHERE id = %(id)s AND state IN ('scheduled', 'sending')"""
SHOW_AGAIN = "UPDATE enrolment SET mirror_due_at = coalesce(mirror_due_at, %(now)s) WHERE id = %(id)s"
LATER = """
    SELECT id, due_at, expires_at FROM message
    WHERE enrolment_id = %(enrolment)s AND step > %(step)s AND state = 'scheduled' ORDER BY step"""
MOVE = """
    UPDATE message SET due_at = %(due_at)s, expires_at = %(expires_at)s, next_attempt_at = NULL
    WHERE id = %(id)s AND state = 'scheduled'"""
FIRST_MAIL = """
    SELECT m.state::text, m.reason, m.due_at FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE e.id = %(id)s ORDER BY (m.step > 0) = (e.waits_for IS NULL) DESC, m.step LIMIT 1"""
RECORD = """
    SELECT e.id::text AS key, c.email, e.answers->>'first_name' AS name, e.answers->>'business_name' AS business,
           e.campaign, e.segment, (e.answers->>'assessment_score')::numeric::float8 AS score, e.notion_page_id,
           count(*) FILTER (WHERE m.state = 'sent' AND m.step > 0) AS sent,
           count(*) FILTER (WHERE m.state IN ('scheduled', 'sending')) AS waiting,
           count(*) FILTER (WHERE m.state = 'held') AS held,
           count(*) FILTER (WHERE m.reason = 'preview') AS previewed,
           max(m.step) FILTER (WHERE m.state = 'sent' AND m.step > 0) AS step,
           max(m.sent_at) AS last_sent,
           coalesce(min(greatest(m.due_at, m.next_attempt_at)) FILTER (WHERE m.state = 'scheduled'),
               CASE WHEN e.waits_for IS NOT NULL AND e.ended_at IS NULL THEN e.confirm_by END) AS next_send,
           (SELECT s.reason FROM suppression s WHERE s.email = lower(c.email)) AS suppressed,
           e.end_reason AS ended, e.answers = '{}' AS cleared, e.waits_for
    FROM enrolment e JOIN contact c ON c.id = e.contact_id LEFT JOIN message m ON m.enrolment_id = e.id
    WHERE e.id = %(id)s GROUP BY e.id, c.email"""
END = """
    WITH ended AS (
        UPDATE enrolment SET ended_at = %(now)s, end_reason = %(reason)s, mirror_due_at = %(now)s
        WHERE id = %(id)s AND ended_at IS NULL RETURNING contact_id, campaign)
    INSERT INTO audit (at, actor, action, subject, detail)
    SELECT %(now)s, 'Notion', 'ended: ' || %(reason)s, contact_id, campaign FROM ended"""
SKIP_REST = """
    UPDATE message SET state = 'skipped', reason = %(reason)s
    WHERE enrolment_id = %(id)s AND state = 'scheduled'"""
CONFIRMED = """
    SELECT id FROM enrolment WHERE waits_for = 'plan' AND ended_at IS NULL ORDER BY confirmed_at"""
BEGUN = """
    UPDATE enrolment SET waits_for = NULL, version = %(version)s, segment = %(segment)s, mirror_due_at = %(now)s
    WHERE id = %(id)s AND waits_for = 'plan' AND ended_at IS NULL RETURNING contact_id"""
MAILS = """
    SELECT id, step, mail, due_at, expires_at, state::text, reason, first_attempt_at, sent_at
    FROM message WHERE enrolment_id = %(id)s ORDER BY step FOR UPDATE"""
PLACE = """
    SELECT id, contact_id, campaign, version, segment, timezone, answers, coalesce(confirmed_at, created_at) AS started_at
    FROM enrolment WHERE id = %(id)s"""
MIRRORED = """
    UPDATE enrolment SET notion_page_id = coalesce(%(page)s, notion_page_id), mirror_failure = NULL,
        mirror_failing_since = NULL,
        mirror_due_at = CASE WHEN mirror_due_at <= %(seen)s THEN NULL ELSE mirror_due_at END
    WHERE id = %(id)s"""
MIRROR_FAILED = """
    UPDATE enrolment SET mirror_due_at = %(again)s, mirror_failure = %(reason)s,
        mirror_failing_since = coalesce(mirror_failing_since, mirror_due_at, %(again)s) WHERE id = %(id)s"""
BEHIND = "SELECT id FROM enrolment WHERE mirror_due_at <= %(now)s ORDER BY mirror_due_at LIMIT %(limit)s"
PAUSE = """
    UPDATE pace SET paused_until = %(until)s, reason = %(reason)s, paused_at = %(now)s,
        failing_since = CASE WHEN failing_since IS NULL
            OR EXISTS (SELECT FROM message WHERE sent_at > pace.paused_at)
            OR EXISTS (SELECT FROM notice WHERE sent_at > pace.paused_at AND channel = 'mail')
            THEN %(now)s ELSE failing_since END
    WHERE provider = %(provider)s"""
ACCOUNT = "UPDATE pace SET account = %(there)s WHERE provider = %(provider)s"
PAUSED = """
    SELECT CASE WHEN why IS NULL THEN paused_until ELSE greatest(paused_until, %(now)s + interval '15 minutes') END
        AS paused_until, coalesce(why, reason) AS reason
    FROM pace, nullif(concat_ws('; ', complaint_brake, brake), '') AS why
    WHERE provider = %(provider)s AND (paused_until > %(now)s OR why IS NOT NULL)"""
BRAKED = """
    SELECT nullif(concat_ws('; ', complaint_brake, brake), '') AS why FROM pace WHERE provider = %(provider)s"""
TURN = """
    WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE pace SET free_at = greatest(free_at, paused_until, %(now)s) + %(gap)s FROM quick
    WHERE provider = %(provider)s AND greatest(free_at, paused_until) <= %(until)s
      AND brake IS NULL AND complaint_brake IS NULL
    RETURNING free_at - %(gap)s AS turn"""

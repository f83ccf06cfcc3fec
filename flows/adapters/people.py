"""One person in the ledger: everything that is known of them, looked up by their address, and its erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flows.adapters.postgres import Ledger
from flows.domain.person import Person


class People(Ledger):
    """The ledger, asked about one person, by every spelling of the address that is given."""

    def find(self, addresses: Sequence[str]) -> Person:
        """Every row that is about whoever has this address."""
        values = {"addresses": list(addresses)}
        with self._transaction("look up a person") as cursor:
            rows = {name: cursor.execute(query, values).fetchall() for name, query in _ROWS.items()}
            erased = cursor.execute(_ERASED, values).fetchone()
        return Person(email=addresses[0], erased_at=erased["at"] if erased else None, **rows)

    def unmirror(self, addresses: Sequence[str]) -> None:
        """The mirror leaves this person alone: nothing more is shown of them."""
        with self._statement("leave a person out of the mirror") as cursor:
            cursor.execute(_UNMIRROR, {"addresses": list(addresses)})

    def erase(self, addresses: Sequence[str], now: datetime) -> dict[str, int]:
        """Remove the person; what is left is a digest. Returns how many rows went, by table."""
        with self._statement("erase a person") as cursor:
            rows = cursor.execute(_ERASE, {"addresses": list(addresses), "now": now}).fetchall()
        return {row["what"]: row["rows"] for row in rows}


_WHO = "SELECT id FROM contact WHERE lower(email) = ANY(%(addresses)s)"
_ROWS = {
    "contacts": "SELECT * FROM contact WHERE lower(email) = ANY(%(addresses)s)",
    "signups": f"""
        SELECT id, flow, idempotency_key, name, tags, parameters, consent, created_at, handed_over_at, failures FROM signup
        WHERE lower(parameters->>'email') = ANY(%(addresses)s)
           OR id IN (SELECT signup_id FROM enrolment WHERE contact_id IN ({_WHO})) ORDER BY created_at""",  # noqa: S608 (here and below all parts are our own)
    "enrolments": f"SELECT * FROM enrolment WHERE contact_id IN ({_WHO}) ORDER BY created_at",  # noqa: S608
    "messages": f"""
        SELECT m.*, m.state::text AS state, e.campaign, m.rendered->>'subject' AS subject
        FROM message m JOIN enrolment e ON e.id = m.enrolment_id
        WHERE e.contact_id IN ({_WHO}) ORDER BY e.created_at, m.step""",  # noqa: S608
    "events": f"""
        SELECT * FROM delivery_event d
        WHERE message_id IN (SELECT m.id FROM message m JOIN enrolment e ON e.id = m.enrolment_id
                             WHERE e.contact_id IN ({_WHO}))
           OR (message_id IS NULL AND EXISTS (
               SELECT FROM recipients(d.payload) address WHERE address = ANY(%(addresses)s)))
        ORDER BY received_at""",  # noqa: S608
    "consents": f"SELECT * FROM consent WHERE contact_id IN ({_WHO}) ORDER BY id",  # noqa: S608
    "suppressions": "SELECT * FROM suppression WHERE email = ANY(%(addresses)s)",
    "notices": f"""
        SELECT n.id, n.kind, e.campaign, n.channel, n.made_at, n.state, n.reason, n.sent_at
        FROM notice n JOIN enrolment e ON e.id = n.enrolment_id WHERE e.contact_id IN ({_WHO}) ORDER BY made_at, channel""",  # noqa: S608
    "audit": f"SELECT at, actor, action, detail FROM audit WHERE subject IN ({_WHO}) ORDER BY id",  # noqa: S608
}  # fmt: skip
_ERASED = """
    SELECT min(at) AS at FROM erased
    WHERE digest IN (SELECT digest_of(address) FROM unnest(%(addresses)s::text[]) address)"""
_UNMIRROR = f"UPDATE enrolment SET mirror_due_at = NULL WHERE contact_id IN ({_WHO})"  # noqa: S608
_ERASE = "SELECT what, rows FROM erase(%(addresses)s::text[], %(now)s)"

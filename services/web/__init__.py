"""The process that the internet talks to: a few routes, no Prefect, next to no rights on the ledger."""

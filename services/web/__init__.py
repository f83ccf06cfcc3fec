"""The process that the internet talks to: five routes, no Prefect, next to no rights on the ledger."""

"""The rules of a campaign in plain Python: no Prefect, no HTTP, no SQL, no environment."""

"""The stack as plain processes on this machine, on an embedded Postgres: for the demo, the tests and the benchmarks."""

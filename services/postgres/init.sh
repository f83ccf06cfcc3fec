#!/bin/bash
# Run by the image on an empty data volume: our roles and databases, with the passwords that `init` made.
set -euo pipefail

given=()
for role in web server worker migrate; do
  given+=("--set=$role=$(<"/secrets/postgres/$role")")
done
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
  "${given[@]}" --file=/roles.sql

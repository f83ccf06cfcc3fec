#!/bin/bash
# `make restore FILE=…` on a machine without a ledger: everything is back before the worker starts.
# With WAIT=1 it ends before mail may leave, so that you can tell the ledger who said stop meanwhile.
set -euo pipefail
file=${1:?Which file? make restore FILE=backups/campaigns-….tar}
read -ra compose <<<"${COMPOSE:-docker compose}"
alone() { "${compose[@]}" run --rm --no-deps -T --quiet-pull "$@"; }
trap 'echo "Not restored; mend what is said above. Only where no ledger is that you need: docker compose down --volumes, and again." >&2' ERR

taken=$(tar -xOf "$file" taken_at)
echo "restoring the backup of $taken"
"${compose[@]}" build --quiet
alone init python -m services.init restore <"$file" # the keys, before others are made
"${compose[@]}" up --wait postgres
alone backup bash /backup.sh restore <"$file"
alone migrate # the backup may be of an earlier version
trap - ERR
if [[ -z ${WAIT:-} ]] && alone worker campaigns after-restore "$taken"; then
  exec "${compose[@]}" up --wait
fi
echo "Everything is back, and no mail leaves before this has gone well:"
echo "  ${compose[*]} run --rm --no-deps worker campaigns after-restore $taken && ${compose[*]} up --wait"
[[ -n ${WAIT:-} ]]

#!/bin/bash
# The service `backup`, in Postgres' own image. One file holds both databases and the keys that cannot be made again.
#   every    one every BACKUP_EVERY_HOURS; the newest BACKUP_KEEP stay
#   once     one now; prints its name
#   fresh    succeeds if the newest is no older than it should be
#   restore  from such a file on standard input into databases that are empty
set -euo pipefail
umask 077
store=${BACKUPS:-/backups}
secrets=${SECRETS:-/secrets/backup}
hours=${BACKUP_EVERY_HOURS:-6}
keep=${BACKUP_KEEP:-28}

as() { # OWNER COMMAND…: no superuser; each database is read and written by the role that owns it
  PGPASSWORD=$(<"$secrets/$1") "${@:2}" --username="$1"
}

younger_than() { # MINUTES
  [[ -n $(find "$store" -maxdepth 1 -name 'campaigns-*.tar' -mmin "-$1") ]]
}

once() {
  local taken name
  work=$(mktemp -d "$store/.new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  taken=$(date -u +%Y-%m-%dT%H:%M:%SZ) # before the dumps: what happens from now on may be missing in them
  name=campaigns-${taken//:/}.tar
  echo "$taken" >"$work/taken_at"
  cp "$secrets/link_key" "$secrets/operator" "$work"
  # The ledger first: each run that it has handed over is then in Prefect's dump too.
  as migrate pg_dump --format=custom --file="$work/campaigns.dump" campaigns
  as server pg_dump --format=custom --file="$work/prefect.dump" prefect
  tar -C "$work" -cf "$work/all" taken_at link_key operator campaigns.dump prefect.dump
  sync "$work/all"
  mv "$work/all" "$store/$name"
  forget_old
  echo "$name"
}

forget_old() {
  local all=("$store"/campaigns-*.tar)
  local old=$((${#all[@]} - keep))
  ((old <= 0)) || rm -- "${all[@]:0:old}"
}

every() {
  trap 'exit 0' TERM INT
  rm -rf "$store"/.new.* # what a kill has left
  while true; do
    # As a process of its own: inside a condition a function would go on after an error.
    younger_than $((hours * 60)) || bash "$0" once || echo "No backup was made; the next try is in a minute." >&2
    sleep 60 &
    wait $!
  done
}

restore() {
  work=$(mktemp -d "$store/.new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  tar -C "$work" -x
  must_be_empty migrate campaigns
  must_be_empty server prefect
  load server prefect
  load migrate campaigns
  # Nothing leaves before `campaigns after-restore` has looked at what may have left already.
  as migrate psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=campaigns --command="UPDATE pace
    SET paused_until = '2999-01-01', reason = 'restored: run campaigns after-restore' WHERE provider = 'resend'"
}

must_be_empty() { # OWNER DATABASE
  local tables
  tables=$(as "$1" psql --no-psqlrc --tuples-only --no-align --dbname="$2" \
    --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
  if ((tables > 0)); then
    echo "The database $2 is not empty: restore only on a machine without a ledger." >&2
    exit 1
  fi
}

load() { # OWNER DATABASE
  as "$1" pg_restore --no-owner --exit-on-error --single-transaction --dbname="$2" "$work/$2.dump"
}

case ${1:-} in
  every | once | restore) "$1" ;;
  fresh) younger_than $(((hours + 1) * 60)) ;;
  *) echo "backup.sh every | once | fresh | restore" >&2 && exit 2 ;;
esac

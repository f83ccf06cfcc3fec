# Everything that a person types. Set-up happens by itself: `make demo` and `make test` need Python 3.11+ and git.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes
COMPOSE := docker compose

.DEFAULT_GOAL := help
.PHONY: help demo test lint up down logs password psql backup restore bench crash lock

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

# uv installs the lock in seconds, pip in minutes; where uv finds no index, pip does it.
$(VENV)/.ready: requirements-dev.lock requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; choose one with PYTHON=python3.13 make …"; exit 1; }
	@echo "installing what the lock names into $(VENV) …"
	@$(PYTHON) -m venv $(VENV) && $(INSTALL) -r requirements-uv.lock
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r $< || $(INSTALL) --no-deps -r $<
	@touch $@

demo: $(VENV)/.ready ## the main job on this machine, without Docker and without accounts (KEEP=1 leaves it running)
	@$(RUN) -m services.local.demo $(if $(KEEP),--keep)

test: $(VENV)/.ready lint ## every tier that this machine can run
	@$(RUN) -m pytest

lint: $(VENV)/.ready
	@$(VENV)/bin/ruff check --quiet && $(VENV)/bin/ruff format --check --quiet && $(VENV)/bin/mypy
	@$(VENV)/bin/shellcheck services/postgres/init.sh services/backup/*.sh .ci/run
	@$(VENV)/bin/hadolint services/Dockerfile services/caddy/Dockerfile

up: ## the product: builds, starts and waits until all of it is healthy
	@$(COMPOSE) up --build --wait || { $(COMPOSE) logs --no-log-prefix --tail 20 init migrate register; exit 1; }

down: ## stops it; what it knows stays
	@$(COMPOSE) down

logs: ## follows what all services say
	@$(COMPOSE) logs --follow --tail 50

password: ## the operator's password and nothing else; for Prefect's UI, and the figures at /campaigns
	@$(COMPOSE) run --rm --no-deps -T --quiet-pull init python -m services.init password

psql: ## the ledger
	@$(COMPOSE) exec postgres psql --username=postgres --dbname=campaigns

# The file holds everything that the server knows and the keys to it, so nobody else may read it.
backup: ## everything in one file under ./backups; keep it on another machine
	@umask 077 && mkdir -p backups && name=$$($(COMPOSE) exec -T backup bash /backup.sh once) \
	&& $(COMPOSE) exec -T backup cat "/backups/$$name" >"backups/$$name.part" \
	&& mv "backups/$$name.part" "backups/$$name" && echo "backups/$$name"

restore: ## brings a backup back on a machine without a ledger: make restore FILE=backups/…
	@COMPOSE="$(COMPOSE)" WAIT="$(WAIT)" services/backup/restore.sh "$(FILE)"

bench: $(VENV)/.ready ## POST to mail, CPU and memory, measured on this machine
	@$(RUN) -m bench

crash: $(VENV)/.ready ## 1,000 people, 200 kills: each mail leaves once (CRASH_SIGNUPS, CRASH_KILLS, CRASH_SEED)
	@CRASH_SIGNUPS=$(or $(CRASH_SIGNUPS),1000) CRASH_KILLS=$(or $(CRASH_KILLS),200) $(RUN) -m pytest tests/crash

COMPILE := uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml
lock: ## renews the locks (UPGRADE=1: to the newest versions); needs uv
	$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras -o requirements-dev.lock
	$(COMPILE) --extra flows -c requirements-dev.lock -o requirements.lock
	$(COMPILE) -c requirements-dev.lock -o requirements-web.lock

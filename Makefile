# What a user types; each verb calls the package wsgi_gateways, which holds the logic.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down ps logs files engine engine-stop timings artifacts provision verify release rollback bench report results overview load bench-servers fuzz lint test-unit test test-servers lock clean
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# GATEWAYS= and GATEWAY= mean the same everywhere: names, families (nginx, apache, …, alone) or all.
WHICH = $(GATEWAYS) $(GATEWAY)
UNIT_TESTS := tests/package tests/probe tests/serve tests/board tests/folders

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: .venv/ready engine ## build and start a few gateways and the portal; GATEWAYS=all, nginx or names; FRESH=1: from nothing
	@wsgi-gateways up $(WHICH) $(if $(FRESH),--fresh)

down: .venv/ready ## stop them; the board's data stays, unless DATA=remove
	@wsgi-gateways down $(if $(filter remove,$(DATA)),--data)

ps: .venv/ready ## every gateway, its address and state
	@wsgi-gateways ps

logs: .venv/ready ## what a gateway writes: make logs GATEWAY=nginx-fastcgi
	@wsgi-gateways logs $(WHICH)

files: .venv/ready ## the files of a gateway, with their layers: make files GATEWAY=nginx-fastcgi [TO=folder]
	@wsgi-gateways files "$(strip $(WHICH))" $(if $(TO),--to "$(TO)")

engine: .venv/ready ## make sure that Docker Engine, Compose v2 and buildx answer
	@wsgi-gateways engine

engine-stop: .venv/ready ## end the engine that `make engine` started
	@wsgi-gateways engine --stop

timings: .venv/ready ## time a cold and a warm start (removes images and the engine's whole build cache: CONFIRM=yes)
	@wsgi-gateways timings $(if $(filter yes,$(CONFIRM)),--yes)

HTTPS = $(if $(DOMAIN),--domain "$(DOMAIN)") $(if $(CERTIFICATE),--certificate "$(CERTIFICATE)") $(if $(KEY),--key "$(KEY)")

provision: .venv/ready ## put a gateway on a server: make provision HOST=user@address GATEWAY=nginx-fastcgi [APP=folder] [DOMAIN=board.example.org]
	@wsgi-gateways provision "$(HOST)" "$(strip $(WHICH))" $(if $(CHECK),--check) $(if $(APP),--app "$(APP)") $(HTTPS)

verify: .venv/ready ## check that server, changing nothing: make verify HOST=… GATEWAY=… [DOMAIN=…]
	@wsgi-gateways verify "$(HOST)" "$(strip $(WHICH))" $(HTTPS)

release: .venv/ready ## a new version of the application there, no request lost: make release HOST=… [APP=folder]
	@wsgi-gateways release "$(HOST)" $(if $(APP),--app "$(APP)")

rollback: .venv/ready ## the version before: make rollback HOST=…
	@wsgi-gateways rollback "$(HOST)"

artifacts: .venv/ready engine ## what servers get, for ansible-playbook and an inventory of your own
	@wsgi-gateways artifacts $(WHICH) $(if $(APP),--app "$(APP)")

bench: .venv/ready engine ## measure all gateways, three minutes each, or GATEWAYS="…", PROFILE=quick, SCENARIO=hello,board
	@wsgi-gateways bench $(WHICH) $(if $(PROFILE),--profile $(PROFILE)) $(if $(SCENARIO),--scenario $(SCENARIO))

report: .venv/ready ## make results/report.html of the newest result, or RESULT=…
	@wsgi-gateways report $(RESULT)

results: .venv/ready ## make docs/results.md and the README's table of the committed results/reference.json
	@wsgi-gateways results

overview: .venv/ready ## make docs/gateways.md of the folders under images/
	@wsgi-gateways overview

LOAD = $(if $(WORKERS),--workers $(WORKERS)) $(if $(USERS),--users $(USERS)) $(if $(SECONDS),--seconds $(SECONDS))

load: .venv/ready .build/locust/ready ## users on the board, by Locust: make load GATEWAY=nginx-fastcgi [WORKERS=4] [USERS=20] [SECONDS=60]
	@wsgi-gateways load "$(strip $(WHICH))" $(LOAD)

bench-servers: .venv/ready engine ## our servers beside uWSGI, gunicorn and flup, 15 minutes, or ROWS="nginx-scgi-worker …"
	@wsgi-gateways bench --servers $(ROWS) $(if $(PROFILE),--profile $(PROFILE)) $(if $(SCENARIO),--scenario $(SCENARIO))

fuzz: .venv/ready ## feed the parsers of FastCGI, SCGI and AJP 10 million inputs each, or INPUTS=…
	@for protocol in fastcgi scgi ajp; do tools/fuzz $$protocol $(INPUTS) || exit; done

lint: .venv/ready ## formatting, types, and every configuration file that has a checker
	@tools/lint

test-unit: .venv/ready ## what needs no container, in seconds
	pytest $(UNIT_TESTS)

test: lint .venv/ready engine ## everything, with some of the gateways on servers as well: all are started for it
	@wsgi-gateways up all
	@tools/require-browser
	pytest --numprocesses 2 --dist loadgroup -m "not long"

test-servers: .venv/ready engine ## every gateway on a server of its own (a container with systemd), over SSH
	pytest tests/servers tests/gateways -m server --servers all

lock: .venv/ready ## pin all Python dependencies anew, with hashes
	@tools/lock

clean: ## remove what was installed and written in this folder
	rm -rf .venv .build test-output .mypy_cache .ruff_cache .pytest_cache

.venv/ready: requirements.txt app/requirements.txt pyproject.toml
	@tools/make-venv

.build/locust/ready: bench/journey/requirements.txt .venv/ready
	@tools/make-locust

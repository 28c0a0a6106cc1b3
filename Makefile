# What a user types; each verb calls the package wsgi_gateways, which holds the logic.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down ps logs engine engine-stop timings bench-servers fuzz lint test-unit test lock clean
export PATH := $(CURDIR)/.venv/bin:$(PATH)
UNIT_TESTS := tests/package tests/probe tests/serve tests/board tests/folders

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: .venv/ready engine ## build and start all gateways, or GATEWAYS="nginx-fastcgi …", and the portal; FRESH=1: from nothing
	@wsgi-gateways up $(GATEWAYS) $(if $(FRESH),--fresh)

down: .venv/ready ## stop them; the board's data stays, unless DATA=remove
	@wsgi-gateways down $(if $(filter remove,$(DATA)),--data)

ps: .venv/ready ## every gateway, its address and state
	@wsgi-gateways ps

logs: .venv/ready ## what a gateway writes: make logs GATEWAY=nginx-fastcgi
	@wsgi-gateways logs $(GATEWAY)

engine: .venv/ready ## make sure that Docker Engine, Compose v2 and buildx answer
	@wsgi-gateways engine

engine-stop: .venv/ready ## end the engine that `make engine` started
	@wsgi-gateways engine --stop

timings: .venv/ready ## time a cold and a warm start (removes images and the engine's whole build cache: CONFIRM=yes)
	@wsgi-gateways timings $(if $(filter yes,$(CONFIRM)),--yes)

bench-servers: .venv/ready engine ## our servers beside uWSGI, gunicorn and flup, 11 minutes; BENCH="--only hello …"
	@bench/servers/run $(BENCH)

fuzz: .venv/ready ## feed the parsers of FastCGI, SCGI and AJP 10 million inputs each, or INPUTS=…
	@for protocol in fastcgi scgi ajp; do tools/fuzz $$protocol $(INPUTS) || exit; done

lint: .venv/ready ## formatting, types, and every configuration file that has a checker
	@tools/lint

test-unit: .venv/ready ## what needs no container, in seconds
	pytest $(UNIT_TESTS)

test: lint up ## everything: all gateways are started for it
	@tools/require-browser
	pytest

lock: .venv/ready ## pin all Python dependencies anew, with hashes
	@tools/lock

clean: ## remove what was installed and written in this folder
	rm -rf .venv .build test-output .mypy_cache .ruff_cache .pytest_cache

.venv/ready: requirements.txt app/requirements.txt pyproject.toml
	@tools/make-venv

# Everything here sets itself up: Python 3.11 or later, make and a package index are all it needs.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
UNIT := -m "not browser and not lint and not kills and not processes and not soak and not upgrade and not deploy and not slow and not whole"

.PHONY: pictures run test test-postgres processes kills soak upgrade unit browser compare lint audit bench lock sbom check-deploy
run: .venv/run
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@exec $(BIN)/gunicorn --config config/gunicorn.py

test: .venv/dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# All that asks a database, but for the browser and what is long; what holds of SQLite alone is left out.
test-postgres: .venv/dev # on a server of its own from Debian's packages
	.ci/postgres $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
	  -m "not browser and not kills and not lint and not processes and not soak and not deploy and not upgrade and not slow"

processes: .venv/dev # servers and hosts that are killed, stopped and cut off, and one fault of the API after another
	KILLS=5 SENDING_KILLS=5 $(BIN)/pytest --numprocesses 4 -m "processes or kills"

kills: .venv/dev # kills the sync while it reads a long history, and while it sends; `.ci/postgres make kills` too
	$(BIN)/pytest --capture no -m kills

MINUTES ?= 30
soak: .venv/dev # the real server for half an hour, a fault every 20 s, 20 viewers; `.ci/postgres make soak` too
	MINUTES=$(MINUTES) $(BIN)/pytest --capture no -m soak

upgrade: .venv/dev # two versions side by side on one PostgreSQL server: this one, and the commit BEFORE=
	BEFORE=$(or $(BEFORE),$(error which version? make upgrade BEFORE=COMMIT)) \
	  .ci/postgres $(BIN)/pytest --capture no -m upgrade

unit: .venv/dev # the inner loop: seconds
	$(BIN)/pytest --numprocesses 2 $(UNIT)

browser: .venv/dev
	$(BIN)/pytest -m browser

SEEDS ?= 100
FROM ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
compare: .venv/dev # so many random worlds against the oracle; a seed that differs is shown, and FROM= plays it again
	@echo "seeds from $(FROM) on, $(SEEDS) of them"
	COMPARE_FROM=$(FROM) COMPARE_SEEDS=$(SEEDS) $(BIN)/pytest --numprocesses 2 --show-capture=no tests/compare

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint --deny-warnings static/js
	$(BIN)/mypy .
	$(BIN)/pytest --quiet -p no:randomly -m lint
	$(BIN)/python manage.py makemigrations --check --dry-run
	@ALLOWED_HOSTS=dashboard.example CSRF_TRUSTED_ORIGINS=https://dashboard.example \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: .venv/dev # asks PyPI for known holes in what is locked; fails where it cannot ask, too
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --disable-pip --require-hashes -r requirements.txt
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --disable-pip --require-hashes -r requirements-dev.txt

sbom: .venv/dev # var/sbom.json, the Python packages with their hashes as CycloneDX; needs the package index
	$(BIN)/uv tool run --from cyclonedx-bom@7.5.0 cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
	  --output-reproducible --validate --spec-version 1.6 --output-file var/sbom.json
	$(BIN)/python .ci/sbom_is_complete.py var/sbom.json requirements.txt

check-deploy: .venv/dev # what config/deploy holds, read by the programs it is for, which Debian has: tests/config/deploy
	$(BIN)/pytest -m deploy tests/config/deploy

bench: .venv/dev # BENCH="--runs 10k 1M --deployments 500 --json figures.json"; --help lists the flags
	$(BIN)/python -m benchmarks $(BENCH)

pictures: .venv/dev # the README's, taken anew of the demonstration
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	$(BIN)/python -m benchmarks.pictures

lock: .venv/dev # after a change of pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
	  pyproject.toml --all-extras --output-file requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
	  pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(PIP) --requirement requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(PIP) --requirement requirements-dev.txt
	@touch $@

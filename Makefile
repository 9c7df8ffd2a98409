# The whole developer interface. Each verb makes .venv itself; nothing is installed outside this folder.
.PHONY: demo test seeds lint types sql docs catalogues bench clean

PYTHON ?= python3
UV := .venv/bin/uv
READY := .venv/.ready
ROOMS := core sources expectations reports flows examples
# A machine may forbid bytecode; starts are three times slower without it.
unexport PYTHONDONTWRITEBYTECODE
export DO_NOT_TRACK := 1

demo: $(READY)  ## the main job on the example alliance
	@test -f demo/melflow.toml || .venv/bin/melflow init demo --example
	@.venv/bin/melflow -C demo run

test: $(READY)  ## every test; two workers more than cores, for some wait on servers
	.venv/bin/pytest --numprocesses $$(( $$(nproc) + 2 )) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

seeds: $(READY)  ## 50 seeds of 10,000 submissions against each survey server; the tests have one of each so large
	MELFLOW_FULL_SEEDS=1 .venv/bin/pytest tests/flows/test_kobo_project.py tests/flows/test_odk_project.py -k ends_as --durations 3

lint: $(READY)  ## style, types, SQL
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	@$(MAKE) --no-print-directory --jobs 2 types sql

types: $(READY)
	mkdir -p .cache && ln -sfn .. .cache/melflow
	MYPYPATH=.cache .venv/bin/mypy $(ROOMS:%=-p melflow.%)

sql: $(READY)
	.venv/bin/sqlfluff lint --processes 2 models expectations/sql

docs: $(READY)  ## regenerate the command-line reference and the JSON Schemas
	.venv/bin/python -m melflow.flows.reference_docs docs/cli.md
	.venv/bin/python -m melflow.core.workspace.schemas docs/schemas

catalogues: $(READY)  ## bring new and changed English phrases to the translators' catalogues
	.venv/bin/python -m melflow.reports.catalogues

bench: $(READY)  ## ratios, each measured in one run
	.venv/bin/python benchmarks/run.py

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info demo

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --require-hashes --requirement requirements-uv.lock
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python .venv/bin/python requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
	.venv/bin/python -m compileall -q $(ROOMS)
	touch $@

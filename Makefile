# make run    open the hall (without a display: render the tour's stops to out/)
# make test   run all tests
# make bench-hall  time the hall's frames while runs compute, and watch memory over 100 runs
# make train  train the built-in model from scratch (hours)
# make web-check  see that the code still compiles for the browser
SHELL := /bin/bash
# Vulkan drivers complain without it.
export XDG_RUNTIME_DIR ?= /tmp
.PHONY: run test bench-hall lint train web-check packages

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

# make bench-hall ARGS="--size 1920x1080 --runs 10"
bench-hall: packages
	cargo build --workspace --bin latentarium
	$(or $(CARGO_TARGET_DIR),target)/debug/latentarium bench-hall $(ARGS)

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

web-check:
	cargo check -p diffusion -p cpu-kernels -p bridge -p exhibit --target wasm32-unknown-unknown

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
	cargo run -p trainer --features tch -- oracle src/trainer/configs/builtin.toml --run $(RUN_DIR) --backend tch-bf16 --threads $$(nproc) && \
	cargo run -p trainer --features tch -- export --run $(RUN_DIR) -o weights/builtin && \
	cargo run -p trainer --features tch -- eval weights/builtin --threads $$(nproc)

# The usual commands. `uv tool install rust-just` installs `just`; without it, copy the lines.

# List the recipes.
default:
    @just --list

# The daily run: on the sandbox, or on the real systems when they are configured. `just run --test --limit 20`
run *options:
    uv run python flows/daily.py {{ options }}

# All tests, or those that the options name: `just test tests/matching`, `just test -m "not e2e"`
test *options:
    uv run pytest {{ options }}

# Formatter, linter and type checker; nothing is changed.
lint:
    uv run ruff format --check .
    uv run ruff check .
    uv run mypy

# Format the code and apply the linter's safe fixes.
fix:
    uv run ruff check --fix .
    uv run ruff format .

# One benchmark of bench/: `just bench reading --texts 50`
bench name="daily" *options:
    uv run python bench/{{ name }}.py {{ options }}

# Write the generated pages of docs/ again.
docs:
    uv run python docs/generate.py

# Everything that a change must pass, from a new environment.
ci:
    .ci/run

# Compare the locked versions with the known vulnerabilities; asks PyPI.
audit:
    uv export --locked --quiet --no-emit-project --format requirements-txt | uvx pip-audit --strict --disable-pip --requirement /dev/stdin

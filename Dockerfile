# The mail room with everything that a run needs, for compose.yaml and for Docker and Kubernetes work pools.
# The versions are those of uv.lock; Tesseract is the second reader. One image serves workers and the Prefect server.
#
#     docker build --tag mailroom .
#
# It was not built here from this base image: no image registry was available. docs/scaling.md says what was checked.

FROM python:3.11-slim-bookworm AS build

ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
# The packages first: they change less often than the code.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-cache --no-dev --extra postgresql --extra fleet --no-install-project
COPY blocks blocks
COPY flows flows
COPY mailroom mailroom
COPY tasks tasks
# Compiled here, because the file system of the container is read-only.
RUN uv sync --locked --no-cache --no-dev --extra postgresql --extra fleet \
    && .venv/bin/python -m compileall -q blocks flows mailroom tasks


FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="mailroom" \
      org.opencontainers.image.description="Files IRS notices from Google Drive into Logiqs cases, with Prefect" \
      org.opencontainers.image.licenses="Apache-2.0"

# Debian keeps only the newest version of a package, so a version named here would stop a later build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-eng \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /var/lib/mailroom --create-home --shell /usr/sbin/nologin mailroom \
    && install --directory --owner mailroom --group mailroom --mode 0700 /scratch

WORKDIR /app
COPY --from=build /app /app
COPY LICENSE prefect.yaml ./
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/mailroom-entrypoint

# The state (logs, and a SQLite ledger if there is one) is on a volume. Documents that are being read are in memory.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAILROOM_HOME=/app \
    MAILROOM_STATE_DIR=/var/lib/mailroom \
    MAILROOM_SCRATCH_DIR=/scratch \
    PREFECT_HOME=/tmp/prefect \
    PREFECT_LOGGING_CONFIG_PATH=/app/flows/logging.yml \
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30 \
    PREFECT_WORKER_WEBSERVER_HOST=127.0.0.1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1
USER 10001:10001
VOLUME ["/var/lib/mailroom"]

# For a worker: does it still ask the server for work? compose.yaml has the checks of the other services.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/health', timeout=8)"]

ENTRYPOINT ["mailroom-entrypoint"]
CMD ["prefect", "worker", "start", "--pool", "mailroom", "--work-queue", "batches", "--limit", "1", "--with-healthcheck"]

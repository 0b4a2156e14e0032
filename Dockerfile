# The service alone: no compiler, no development tools, no embedded PostgreSQL. Settings come from the environment.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /srv/supervision
RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml LICENSE alembic.ini ./
COPY alembic ./alembic
COPY app ./app
# Editable, so that the migrations are found beside the package, as in a checkout.
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --no-index --no-build-isolation --editable . \
    && python -m compileall -q app \
    && chmod -R a+rX /srv/supervision

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home supervision \
    && install --directory --mode 0700 --owner 10001 --group 10001 /var/lib/supervision-signer
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/supervision /srv/supervision
WORKDIR /srv/supervision
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SUPERVISION_HOST=0.0.0.0 \
    SUPERVISION_PORT=8000
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['SUPERVISION_PORT']), timeout=3); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["supervision"]
CMD ["serve"]

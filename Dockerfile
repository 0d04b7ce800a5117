# The application with all it needs to run, as a user who may write nothing but /tmp.
# Pin the base to a digest where builds must repeat: --build-arg PYTHON=python:3.11-slim@sha256:…
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements.txt

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin coachbot
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/coachbot
COPY . .
RUN /opt/venv/bin/python -m compileall -q /srv/coachbot
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER coachbot
EXPOSE 8000
# Alive, not ready: a container that waits for its database need not be started anew.
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "deploy/ask.py", "/health/live"]
CMD ["gunicorn", "coachbot.wsgi", "--bind", "0.0.0.0:8000", "--no-control-socket"]

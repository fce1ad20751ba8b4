# 议事厅: one image for every process of docker-compose.yml.
FROM python:3.13-slim-trixie

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-noto-cjk gettext libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /data --shell /usr/sbin/nologin yishiting \
    && install -d -m 0700 -o yishiting -g yishiting /data /certificates \
    && install -d -m 0755 -o yishiting -g yishiting /static

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

COPY manage.py pyproject.toml ./
COPY project project
COPY sessions sessions
COPY voting voting
COPY static static
COPY templates templates
RUN python -P -c 'from project.launch import prepare; prepare.catalogues()' && python -m compileall -q .

ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 HALL_DATA=/data HALL_STATIC=/static HALL_LOG=console HALL_PROXY=1
USER yishiting
VOLUME ["/data", "/static", "/certificates"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-P", "-m", "project.launch", "serve", "--worker", "--port", "8000"]

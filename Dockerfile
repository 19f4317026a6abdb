# One image for every process of an installation; docker-compose.yml says which runs what.
FROM python:3.11-slim

RUN useradd --create-home --uid 10001 bailiwick
WORKDIR /srv/bailiwick
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements/base.txt
COPY . .

ENV PYTHONUNBUFFERED=1 BAILIWICK_DATA_DIR=/data BAILIWICK_STATIC_DIR=/srv/static
RUN mkdir -p /data && python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /data/* && chown bailiwick /data
USER bailiwick
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "config.wsgi:application"]

# One small image: the site, and the sync beside it, in one container.
#   docker build -t qoder-dashboard .
#   docker run -p 8000:8000 -v dashboard:/app/var --read-only --tmpfs /tmp --cap-drop ALL \
#     --security-opt no-new-privileges:true -e QODER_PAT -e ALLOWED_HOSTS=… qoder-dashboard
# A tag is what its owner says today. To build on what was looked at, name the image by its digest:
#   --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:…    (docs/operating.md#in-containers)
ARG PYTHON_IMAGE=python:3.12-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0
WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt

COPY manage.py ./
COPY config config
COPY dashboard dashboard
COPY templates templates
COPY static static
RUN SECRET_KEY=only-to-collect python manage.py collectstatic --noinput --verbosity 0 \
 && useradd --system --no-create-home --uid 10001 dashboard \
 && mkdir -p var && rm -rf var/* && chown dashboard var

USER dashboard
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '8000')}{os.environ.get('SUB_PATH', '').rstrip('/')}/readyz\", timeout=4)"]
CMD ["gunicorn", "--config", "config/gunicorn.py"]

# The server alone: Redis is a container of its own (compose.yaml). docs/deployment.md says how to run it.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Source maps are a quarter of all packages, and nobody debugs them here. The last line tells scripts/install.mjs that
# these are the packages of this lockfile: the dates of files in an image say nothing.
RUN npm ci --omit=dev --no-audit --no-fund \
    && find node_modules -name '*.map' -delete \
    && sha256sum package-lock.json | cut -c 1-64 | tr -d '\n' > node_modules/.document-sync-lock

FROM node:24-bookworm-slim
WORKDIR /app
ENV MOTIA_ANALYTICS_DISABLED=true \
    NODE_OPTIONS=--max-old-space-size=768 \
    SYNC_ARCHIVE_DIR=/data/archive \
    SYNC_AUDIT_DIR=/data/audit \
    SYNC_BASE_DIR=/data/bases \
    ESPOCRM_WEBHOOK_SECRETS_FILE=/data/espocrm-webhooks.json
COPY --from=packages /app/node_modules node_modules
COPY . .
# All that is ever written: Motia's compiled steps and types, the Workbench's cache, and the data.
RUN mkdir -p .motia /data node_modules/@motiadev/workbench/node_modules/.vite && touch types.d.ts \
    && chown -R node:node .motia types.d.ts /data node_modules/@motiadev/workbench/node_modules/.vite
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "scripts/motia.mjs", "start", "--host", "0.0.0.0", "--port", "3000"]

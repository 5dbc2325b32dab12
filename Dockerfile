FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts ./scripts
# What EASEL_PICTURE_CHECK=nsfwjs takes is 330 MB: kept with --build-arg PICTURE_CHECK=nsfwjs.
ARG PICTURE_CHECK=off
# Node from npm is for machines that have an older one; here it would be 189 MB twice.
RUN --mount=type=cache,target=/root/.npm \
    node scripts/bootstrap.mjs install --omit=dev \
    && rm -rf node_modules/node-linux-* node_modules/.bin/node \
    && if [ "$PICTURE_CHECK" != nsfwjs ]; then rm -rf node_modules/@tensorflow node_modules/nsfwjs; fi

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node -m 0700 /data
COPY package.json package-lock.json ./
COPY scripts ./scripts
COPY --from=packages /app/node_modules ./node_modules
COPY drizzle ./drizzle
COPY locales ./locales
COPY src ./src
USER node
VOLUME /data
EXPOSE 3000
# The process is up; whether its database and queue answer is /readyz, which a restart would not mend.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No npm and no init: the bootstrap becomes the application, which is then process 1, handles SIGTERM itself and waits
# for the only child it has, the embedded PostgreSQL.
CMD ["node", "scripts/bootstrap.mjs", "start"]

# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The base image has the Node that the dev dependency of that name stands in for elsewhere: no script needs to run.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="datajobs-exporter" \
      org.opencontainers.image.description="Prometheus and OTLP exporter for the jobs of data platforms; counts every finished run exactly once" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# glibc keeps an arena of freed memory for each thread; with one for all the process is 10 MB or more smaller
# (docs/performance.md, "Memory").
# The exporter writes to the address file where it listens, whatever its flags say, for the health check to ask there.
ENV NODE_ENV=production DATAJOBS_REVISION=${REVISION} MALLOC_ARENA_MAX=1 DATAJOBS_ADDRESS_FILE=/data/.address
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY dashboards dashboards
# Only the ledger is ever written: the rest of the file system may be read-only.
RUN mkdir /data && chown 65532:65532 /data
VOLUME /data
USER 65532:65532
EXPOSE 10876
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "/app/dist/main.js", "healthcheck"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--config.file=/etc/datajobs-exporter/datajobs.yml", "--storage.path=/data"]

# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY libs/protocol/package.json libs/protocol/
COPY libs/auth-provider/package.json libs/auth-provider/
COPY libs/cli/package.json libs/cli/
COPY libs/cli/bin libs/cli/bin
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY libs libs
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production HERMES_HOST=0.0.0.0 HERMES_LOG_FORMAT=json HERMES_SHUTDOWN_DELAY=5s
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/libs libs
COPY --from=build /app/dist dist
USER node
# HTTP and WebSocket; gRPC, where chat is on.
EXPOSE 8080 50051
# Readiness belongs to the orchestrator; here only a process that no longer answers counts as broken.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.HERMES_PORT || 8080) + '/health/live').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# HERMES_SHUTDOWN_DELAY, HERMES_DRAIN and 15 s: give `docker stop` and Kubernetes 30 s of grace with the defaults.
STOPSIGNAL SIGTERM
CMD ["node", "dist/main.js"]

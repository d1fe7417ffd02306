FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY migrations ./migrations
COPY src ./src
RUN mkdir /data && chown node:node /data

# The last three have glibc give back what an export needed.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    CLUSTERGATE_DATA_DIR=/data \
    DATABASE_URL=file:/data/clustergate.db \
    NODE_COMPILE_CACHE=/app/node_modules/.cache/clustergate \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=786432 \
    MALLOC_TRIM_THRESHOLD_=4194304
# The user `node`, as a number, so that Kubernetes can tell that it is not root.
RUN mkdir node_modules/.cache && chown 1000:1000 node_modules/.cache
USER 1000:1000
# Refused for want of a master key, once it is loaded: what is compiled here is not compiled at each start.
RUN node src/main.ts serve 2> /dev/null || test -d node_modules/.cache/clustergate
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Where there is little memory Node would have a smaller nursery, in which answers do not fit until they are sent.
ENTRYPOINT ["node", "--max-semi-space-size=16", "src/main.ts"]
CMD ["serve"]

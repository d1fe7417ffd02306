import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Left to itself vitest gives two cores one worker.
    maxWorkers: 2,
    // Hung work is reported by name instead of hanging the run; no test asserts on time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

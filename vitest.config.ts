import { defineConfig } from 'vitest/config'

/** Everything whose promises rest on the store is held on both engines. */
const throughTheStore = [
  ...['http', 'reconcile', 'simulation'].map((folder) => `test/${folder}/**/*.test.ts`),
  'test/store/{filter-properties,cluster-counts,marks,state-counts,usage}.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'sqlite', include: ['test/**/*.test.ts'], exclude: ['test/postgres/**'] },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [...throughTheStore, 'test/postgres/*.test.ts'],
          exclude: [
            // A server answers in an order of its own.
            'test/simulation/repeat.test.ts',
            // Who may do what is decided before a store is asked to change anything.
            'test/http/matrix.test.ts',
            // What follows from each fault is decided from rows, whatever keeps them.
            'test/reconcile/verb-faults.test.ts',
          ],
          globalSetup: ['test/engine/global-setup.ts'],
          setupFiles: ['test/engine/postgres-setup.ts'],
        },
      },
    ],
    // Left to itself vitest gives two cores one worker. Many tests wait for processes, and leave room for a third.
    maxWorkers: 3,
    // Files of a worker share what they import, which to load anew for each took a third of all time. None changes it.
    isolate: false,
    // Hung work is reported by name instead of hanging the run; no test asserts on time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

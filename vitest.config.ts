import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Compiled code is kept on disk for the workers and for the hundreds of processes that tests start: a start of the
// program takes about half as long.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url))

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many tests wait for servers and child processes: on two cores, two at a time take half as long as one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Real servers and an embedded database: the bound is for hangs, not for speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

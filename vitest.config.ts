import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

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

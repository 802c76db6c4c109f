import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { suites } from './test/suites.ts'

// Compiled code is kept on disk for the workers and for the hundreds of processes that tests start: a start of the
// program takes about half as long.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url))

export default defineConfig({
  test: {
    // Many tests wait for servers and child processes: on two cores, two at a time take half as long as one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: suites.map(({ name, include, exclude, isolate, timeoutMs }) => ({
      extends: true as const,
      test: {
        name,
        include: [...include],
        exclude: [...exclude],
        isolate,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
      },
    })),
  },
})

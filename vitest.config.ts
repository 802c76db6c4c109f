import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers and an embedded database: the bound is for hangs, not for speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

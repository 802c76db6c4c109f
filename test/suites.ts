// Which test runs when. Every *.test.ts belongs to exactly one suite, by its name alone.

export interface Suite {
  readonly name: string
  /** The script of package.json that runs it. */
  readonly script: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** Whether each file gets a process of its own; otherwise the files of a worker share its modules. */
  readonly isolate: boolean
  /** After which a test hangs: it is no bound on its speed. */
  readonly timeoutMs: number
}

const slow = 'test/**/*.slow.test.ts'
const netns = 'test/netns/**/*.test.ts'

/**
 * Tests that change or measure their process, or load a handler, whose module keeps clients and plans from one event
 * to the next as a warm Lambda does.
 */
const alone = ['bundles', 'cli', 'dev', 'functions', 'runner'].map((room) => `test/${room}/**/*.test.ts`)

export const suites: readonly Suite[] = [
  {
    name: 'quick-alone',
    script: 'test',
    include: alone,
    exclude: [slow],
    isolate: true,
    timeoutMs: 60_000,
  },
  {
    name: 'quick-shared',
    script: 'test',
    include: ['test/**/*.test.ts'],
    exclude: [slow, netns, ...alone],
    isolate: false,
    timeoutMs: 60_000,
  },
  // What plays in real time, kills processes, bundles what is shipped or repeats itself ten thousand times.
  { name: 'slow', script: 'test:slow', include: [slow], exclude: [netns], isolate: true, timeoutMs: 120_000 },
  // Raw packets between networks of the kernel, for root on Linux; some keep every core busy.
  { name: 'netns', script: 'test:netns', include: [netns], exclude: [], isolate: true, timeoutMs: 60_000 },
]

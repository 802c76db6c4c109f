import { globSync, readFileSync } from 'node:fs'
import { matchesGlob, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Suite, suites } from './suites.ts'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

const hidden = (name: string) => name === 'node_modules' || name.startsWith('.') || name === 'cdk.out'
const files = globSync('**/*.{test,spec}.*', { cwd: fileURLToPath(root), exclude: hidden }).map((path) =>
  path.replaceAll(sep, '/'),
)

function owns({ include, exclude }: Suite, file: string): boolean {
  const matches = (globs: readonly string[]) => globs.some((glob) => matchesGlob(file, glob))
  return matches(include) && !matches(exclude)
}

/** What is wrong with the way in which these files are shared out, in words. */
function breachesOf(files: readonly string[], suites: readonly Suite[]): readonly string[] {
  return files.flatMap((file) => {
    const owners = suites.filter((suite) => owns(suite, file)).map(({ name }) => name)
    if (owners.length === 1) return []
    return `${file} belongs to ${owners.length === 0 ? 'no suite' : owners.join(' and ')}`
  })
}

test('every test file belongs to exactly one suite', () => {
  expect(files).toContain('test/suites.test.ts')
  expect(breachesOf(files, suites)).toEqual([])
})

test.each(suites)('$name has files, and a script that .ci/run runs', (suite) => {
  expect(files.some((file) => owns(suite, file))).toBe(true)
  // A script names one suite, or with a star all that begin alike.
  const [, named] = / --project=(\S+)$/.exec(scripts[suite.script]!)!
  expect(matchesGlob(suite.name, named!)).toBe(true)
  const run = suite.script === 'test' ? 'npm test' : `npm run ${suite.script}`
  expect(read('.ci/run').split('\n')).toContainEqual(
    expect.stringMatching(new RegExp(`^(?!step )(.*&& )?${run}( |$)`)),
  )
})

test.each([
  ['shared/plan/make.test.ts', 'no suite'],
  ['test/plan/make.spec.ts', 'no suite'],
  ['test/line/crash.slow.test.ts', 'slow and again'],
])('%s would be told: it belongs to %s', (file, owners) => {
  const again: Suite = {
    name: 'again',
    script: 'again',
    include: ['test/line/**'],
    exclude: [],
    isolate: true,
    timeoutMs: 1,
  }
  expect(breachesOf([file], [...suites, again])).toEqual([`${file} belongs to ${owners}`])
})

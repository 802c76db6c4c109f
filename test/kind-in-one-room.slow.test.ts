import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

// What CONTRIBUTING.md says of a new kind of check is done in a copy of the project, to the letter: the code blocks
// whose first line names a file are that file, or the lines that it gains.

const root = resolve(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'upquorum-kind-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Type checking the whole project and starting the programs takes 20 s on two idle cores. */
const timeoutMs = 180_000

interface Block {
  /** From the top of the project. */
  readonly path: string
  readonly text: string
}

const blocks: readonly Block[] = [
  ...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(
    /^```\w+\n(?:\/\/|#) (\S+\.\w+)\n(.*?)^```$/gms,
  ),
].map(([, path, text]) => ({ path: path!, text: text! }))

/** These are new; all others gain lines. */
const newFiles = ['shared/probers/echo/echo.ts', 'shared/probers/echo/schema.ts']
const lists = ['shared/probers/index.ts', 'shared/probers/schemas.ts']
const example = 'examples/upquorum.yaml'

beforeAll(async () => {
  const isLeftOut = /^(node_modules|\.git|\.upquorum|cdk\.out|coverage|\.vitest)$/
  cpSync(root, copy, { recursive: true, filter: (path) => !isLeftOut.test(relative(root, path)) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
  for (const { path, text } of blocks) {
    const file = join(copy, path)
    if (newFiles.includes(path)) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    } else {
      const before = readFileSync(file, 'utf8')
      writeFileSync(file, path === example ? `${before}\n${text}` : withEntry(before, text))
    }
  }
  await run('node_modules/@biomejs/biome/bin/biome', 'check', '--write', ...lists)
  const { stdout } = await run('functions/cli/main.ts', 'schema')
  writeFileSync(join(copy, 'examples/upquorum.schema.json'), stdout)
}, timeoutMs)

test('a new kind is two files, an entry in two lists and a check in the example', () => {
  expect(blocks.map(({ path }) => path)).toEqual([...newFiles, ...lists, example])
  for (const { path, text } of blocks.filter((block) => lists.includes(block.path))) {
    expect(text, path).toMatch(/^import .*\n {2}echo\b.*,\n$/)
  }
})

test('the files are formatted as the project is', async () => {
  expect(await run('node_modules/@biomejs/biome/bin/biome', 'check', ...newFiles)).toMatchObject({ code: 0 })
})

test(
  'the types of the whole project hold',
  async () => {
    expect(await run('node_modules/typescript/bin/tsc', '--noEmit')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  },
  timeoutMs,
)

test(
  'so do its architecture and the tests that go through all kinds',
  async () => {
    const suites = ['architecture', 'config/bad', 'config/valid', 'config/json-schema', 'probers/every-kind']
    const { code, stdout, stderr } = await run(
      'node_modules/vitest/vitest.mjs',
      ...['run', '--cache=false', '--fsModuleCache=false', '--reporter=dot'],
      ...suites.map((suite) => `test/${suite}`),
    )
    expect(code, stdout + stderr).toBe(0)
  },
  timeoutMs,
)

test('a configuration with the new kind is valid', async () => {
  expect(await run('functions/cli/main.ts', 'validate', example)).toMatchObject({ code: 0, stderr: '' })
})

test('the new kind probes', async () => {
  const server = createSocket('udp4')
  server.on('message', (datagram, { port, address }) => server.send(datagram, port, address))
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  writeFileSync(
    join(copy, 'own.yaml'),
    'runners: { lab-1: { region: eu-west-1 } }\nhomes: eu-west-1\ndefaults: { confirmations: 1 }\nchecks:\n' +
      `  - { name: own, echo: { address: '127.0.0.1:${server.address().port}' }, allow_private: true, from: lab-1 }\n`,
  )
  const { stdout } = await run('functions/cli/main.ts', 'check', 'own.yaml', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ check: 'own', vote: 'online' })
})

/** A list with a further import and a further entry, which goes last. */
function withEntry(text: string, lines: string): string {
  const [added, entry] = lines.split('\n')
  const longer = text.replace(/^(export const \w+ = \{\n[^}]*)\}/m, `$1${entry}\n}`)
  return `${added}\n${longer}`
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a JavaScript or TypeScript program in the copy, as from a shell: not as a part of this run of vitest. */
function run(program: string, ...args: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_ENV$|TEST$|NO_COLOR|FORCE_COLOR)/.test(name),
    ),
  )
  return new Promise((done, failed) => {
    execFile(process.execPath, [program, ...args], { cwd: copy, env }, (error, stdout, stderr) => {
      const code = error?.code ?? 0
      if (typeof code === 'number') done({ code, stdout, stderr })
      else failed(error)
    })
  })
}

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './process.ts'
import { exitSkipped, pythonProgram, Unavailable } from './python.ts'

// cfn-lint on every template of a configuration: `npm run lint:templates -- [file]`.

const root = join(import.meta.dirname, '../..')
const [, , file = 'examples/upquorum.yaml'] = process.argv
/** W3005: a dependency already implied by a reference; the CDK writes those for readability. */
const ignored = ['W3005']

const folder = mkdtempSync(join(tmpdir(), 'upquorum-lint-'))
try {
  const lint = await pythonProgram('cfn-lint')
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk')
  const made = await run(process.execPath, [
    cdk,
    'synth',
    '--quiet',
    '--output',
    folder,
    '-c',
    `config=${file}`,
  ])
  if (made.code !== 0) throw new Error(made.stderr)
  const templates = readdirSync(folder).filter((name) => name.endsWith('.template.json'))
  const { code, stdout, stderr } = await run(lint, [
    ...['--ignore-checks', ...ignored, '--'],
    ...templates.map((name) => join(folder, name)),
  ])
  console.log(
    `${stdout}${stderr}${code === 0 ? `cfn-lint has nothing to say about ${templates.length} templates` : ''}`,
  )
  process.exitCode = code ?? 1
} catch (error) {
  const skipped = error instanceof Unavailable
  console.error(
    skipped ? `skipped: the templates were not linted. It ${error.message}` : (error as Error).message,
  )
  process.exitCode = skipped ? exitSkipped : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

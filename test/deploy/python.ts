import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.ts'

/** Says why something cannot be tested here; not a failure of the project. */
export class Unavailable extends Error {}

/** The exit code that `.ci/run`, like automake, reads as "skipped". */
export const exitSkipped = 77

const requirements = join(import.meta.dirname, 'requirements.txt')
const cache = join(import.meta.dirname, '../../node_modules/.cache/upquorum')

/**
 * Returns the path of a Python program from the pinned requirements. They are installed once, below node_modules;
 * changed requirements get a new installation.
 *
 * @throws {Unavailable} without Python or access to PyPI.
 */
export async function pythonProgram(name: 'ministack' | 'cfn-lint'): Promise<string> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const venv = join(cache, `python-${version}`)
  const program = join(venv, 'bin', name)
  const complete = join(venv, 'complete')
  if (existsSync(complete)) return program
  mkdirSync(venv, { recursive: true })
  await demand('python3', '-m', 'venv', '--clear', venv)
  await demand(join(venv, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', requirements)
  writeFileSync(complete, '')
  return program
}

async function demand(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run(command, args).catch((error: Error) => ({
    code: 1,
    stderr: error.message,
  }))
  if (code === 0) return
  throw new Unavailable(
    `needs Python 3.10 or newer with venv, and PyPI once; ${command} ${args[0]} said: ${stderr.trim()}`,
  )
}

import { writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { type Command, InvalidArgumentError } from 'commander'
import { starterConfiguration } from '../../shared/config/starter.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { defaultFile } from './configuration.ts'

export function define(command: Command): void {
  command
    .description('Writes a commented first configuration. Never overwrites a file.')
    .argument('[file]', 'where to', defaultFile)
    .option('--url <url>', 'the http or https address to check first', readUrl, 'https://example.com/')
    .option('--json', 'say what was written as one JSON object')
    .action(init)
}

function init(file: string, options: { readonly url: string; readonly json?: true }) {
  try {
    writeFileSync(file, `${schemaLine(file)}${starterConfiguration(options.url)}`, { flag: 'wx' })
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException
    const reason = errno === undefined ? message : getSystemErrorMessage(errno)
    throw new CommandFailure(
      code === 'EEXIST' ? `${file} exists already; name another file` : `cannot write ${file}: ${reason}`,
    )
  }
  const next = `npx upquorum check ${file}`
  console.log(
    options.json ? JSON.stringify({ type: 'init', file, url: options.url }) : `wrote ${file}; try: ${next}`,
  )
}

/** Lets editors complete and explain the options: the language server for YAML looks for this line. */
function schemaLine(file: string): string {
  const schema = join(import.meta.dirname, '../../examples/upquorum.schema.json')
  const path = relative(dirname(resolve(file)), schema)
    .split(sep)
    .join('/')
  return `# yaml-language-server: $schema=${path.startsWith('.') ? path : `./${path}`}\n`
}

function readUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must begin with http:// or https://.')
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('It must not hold a user name or a password; write those as secrets.')
  return url.href
}

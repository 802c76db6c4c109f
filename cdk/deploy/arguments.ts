import { defaultFile } from '../../functions/cli/configuration.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'

/** The arguments of `npm run deploy` or `npm run destroy`. */
export interface Arguments {
  readonly command: 'deploy' | 'destroy'
  /** The path of the configuration. */
  readonly file: string
  /** The options passed on to the CDK. */
  readonly options: readonly string[]
}

const usage = `usage: npm run deploy [file] [-- CDK options]
       npm run destroy [file] [-- CDK options]

  file                    the configuration (default: ${defaultFile})
  -c retain=false         do not protect the tables; destroy deletes them, after a second question
  -c tracing=true         enable X-Ray
  -c reserved=5           reserved concurrency of each function
  --require-approval any-change | broadening
                          ask before deploy changes anything, or before it broadens any permission
  --force                 destroy without asking`

/**
 * @returns undefined when only the usage was requested, which is then printed.
 * @throws {CommandFailure} with the usage on wrong usage.
 */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const [command, ...rest] = args
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(usage)
    return
  }
  if (command !== 'deploy' && command !== 'destroy') throw new CommandFailure(usage, 2)
  const [first] = rest
  if (first === undefined || first.startsWith('-'))
    return { command, file: contextOf(rest, 'config') ?? defaultFile, options: rest }
  return { command, file: first, options: rest.slice(1) }
}

/** The value of `-c name=value`; the last one if there are several. */
export function contextOf(options: readonly string[], name: string): string | undefined {
  return options
    .flatMap((option, index) => {
      const [, joined] = /^(?:-c|--context)=(.*)$/s.exec(option) ?? []
      const pair = joined ?? (['-c', '--context'].includes(options[index - 1] ?? '') ? option : '')
      return pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []
    })
    .at(-1)
}

/** The value of `--name value` or `--name=value`; empty if the option has none. */
export function optionOf(options: readonly string[], name: string): string | undefined {
  const at = options.findIndex((option) => option === `--${name}` || option.startsWith(`--${name}=`))
  if (at < 0) return
  const option = options[at]!
  return option.includes('=') ? option.slice(option.indexOf('=') + 1) : (options[at + 1] ?? '')
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, run } from './process.ts'

/** The project's commands, called with this configuration and this AWS. */
export interface Project {
  /** Writes the configuration that the commands read. */
  configure(text: string): void
  /** Runs `npm run deploy` or `npm run destroy`. @throws when it fails, with its output. */
  cdk(...args: string[]): Promise<void>
  /** The same for a command that may fail. */
  tryCdk(...args: string[]): Promise<Ended>
  /** `upquorum <command>`. */
  upquorum(...args: string[]): Promise<Ended>
  /** The same commands with another AWS endpoint. */
  at(url: string): Project
}

const root = join(import.meta.dirname, '../..')

/** @param folder for the configuration and the CDK's output. */
export function projectIn(folder: string, environment: Readonly<Record<string, string>>): Project {
  const file = join(folder, 'upquorum.yaml')
  const env = { ...process.env, ...environment, CI: 'true' }

  function tryCdk(command: string, ...options: string[]): Promise<Ended> {
    const own = ['--output', join(folder, 'cdk.out'), '-c', 'emulated=true', '-c', 'retain=false']
    return run(process.execPath, [join(root, 'cdk/deploy/cli.ts'), command, file, ...options, ...own], env)
  }

  return {
    configure: (text) => writeFileSync(file, text),
    tryCdk,
    async cdk(command, ...options) {
      const { code, stdout, stderr } = await tryCdk(command!, ...options)
      if (code !== 0) throw new Error(`${command} failed:\n${stdout}\n${stderr}`)
    },
    upquorum: (command, ...args) => {
      const files = command === 'apply' ? [file] : []
      return run(process.execPath, [join(root, 'functions/cli/main.ts'), command!, ...files, ...args], env)
    },
    at: (url) => projectIn(folder, { ...environment, AWS_ENDPOINT_URL: url }),
  }
}

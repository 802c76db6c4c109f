import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, run } from './process.ts'

/** The project's own commands, called as somebody calls them who has this configuration and this AWS. */
export interface Project {
  /** Writes the configuration that the commands read. */
  configure(text: string): void
  /** `npm run deploy` or `npm run destroy`. @throws when it fails, with all that it said. */
  cdk(...args: string[]): Promise<void>
  /** The same where it may fail. */
  tryCdk(...args: string[]): Promise<Ended>
  /** `upquorum <command>`. */
  upquorum(...args: string[]): Promise<Ended>
  /** The same commands where AWS answers elsewhere. */
  at(url: string): Project
}

const root = join(import.meta.dirname, '../..')

/** @param folder where the configuration and the CDK's output go. */
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

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Stage } from 'aws-cdk-lib'
import type { ICommandHooks } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Construct } from 'constructs'

/** Adds a text to a function's bundle as `<name>.json`. */
export function shipFile(scope: Construct, name: string, text: string): ICommandHooks {
  const hash = createHash('sha256').update(text).digest('hex')
  const path = join(resolve(Stage.of(scope)!.outdir), `${name}-${hash.slice(0, 12)}.json`)
  writeFileSync(path, text)
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_input, output) => [copy(path, join(output, `${name}.json`))],
  }
}

function copy(from: string, to: string): string {
  return process.platform === 'win32' ? `copy "${from}" "${to}"` : `cp "${from}" "${to}"`
}

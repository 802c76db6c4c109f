import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Makes one file of a script of this folder, as a runner on AWS is one: what Node needs to read TypeScript, some
 * 35 MB, is not what is measured. koffi stays where it is, for it has a binary beside it.
 */
export async function bundle(script: string, folder: string): Promise<string> {
  const outfile = `${folder}/${script}.mjs`
  const koffi = fileURLToPath(import.meta.resolve('koffi'))
  await build({
    entryPoints: [fileURLToPath(new URL(`${script}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    alias: { koffi },
    external: [koffi],
    logLevel: 'error',
  })
  return outfile
}

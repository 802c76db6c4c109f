import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles a script of this folder into one file, like a runner on AWS, so that the 35 MB that Node needs to read
 * TypeScript are not measured. koffi is not bundled, because it loads a binary from its own folder.
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

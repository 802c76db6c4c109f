import { join } from 'node:path'
import { everything, propertiesOf, synth } from '../test/cdk/synth.ts'

/** The functions as bundled by the CDK. */
export interface Assets {
  readonly functions: readonly Asset[]
  remove(): void
}

export interface Asset {
  readonly name: string
  /** The folder of its `index.mjs`. */
  readonly folder: string
  readonly memoryMb: number
}

/** Bundles every function, in the order of the pipeline. */
export function shipAssets(): Assets {
  const assembly = synth(everything, { 'aws:cdk:bundling-stacks': ['**'] })
  const functions = ['upquorum-probe-us-east-1', 'upquorum-home-us-east-1'].flatMap((stack) =>
    propertiesOf(assembly, stack, 'AWS::Lambda::Function').map(
      ({ FunctionName, Code, MemorySize }): Asset => {
        const { S3Key } = Code as { S3Key: string }
        return {
          name: String(FunctionName).replace('upquorum-', ''),
          folder: join(assembly.directory, `asset.${S3Key.replace('.zip', '')}`),
          memoryMb: MemorySize as number,
        }
      },
    ),
  )
  return { functions, remove: () => assembly.remove() }
}

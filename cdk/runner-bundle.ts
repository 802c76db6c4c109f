import { chmodSync, constants, copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Annotations, AssetHashType, CfnParameter, CfnRule, DockerImage, Fn } from 'aws-cdk-lib'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import { buildSync } from 'esbuild'
import { isFetched, lockedPackage, packagesFolder, runnerPackages } from './runner-packages.ts'

const root = join(import.meta.dirname, '..')

/** The packages for the machine that a bundle is for; both are folders. */
export interface MachineParts {
  /** One of npm's `node-<platform>` packages. */
  readonly node: string
  /** koffi's machine code, and the name that koffi asks for it by. */
  readonly koffi: string
  readonly koffiName: string
}

/** Its documentation, and what its machine code was compiled from. */
const unneeded = /^(doc|lib|vendor)$|[/\\]abi$|\.(cc|hh|inc|def)$/

/** What `npm run deploy` has fetched, or undefined where it has not, or something older. */
export function fetchedParts(folder = packagesFolder): MachineParts | undefined {
  const { node, koffi } = runnerPackages
  if (![node, koffi].every((name) => isFetched(lockedPackage(name), folder))) return undefined
  return { node: join(folder, node), koffi: join(folder, koffi), koffiName: koffi }
}

/**
 * Everything that a runner's machine runs, in `folder`: `runner.mjs`, `bin/node`, koffi. Without the parts of
 * the machine it is our own code only, which is enough to look at a template and not to start.
 */
export function bundleRunner(folder: string, parts: MachineParts | undefined): void {
  buildSync({
    entryPoints: [join(root, 'functions/runner/main.ts')],
    outfile: join(folder, 'runner.mjs'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'warning',
    // koffi looks for its machine code beside itself.
    external: ['koffi'],
    // As in the bundles of the functions: CommonJS packages ask for Node's own modules by `require`.
    banner: {
      js: "import{createRequire as __nodeCreateRequire}from'node:module';const require=__nodeCreateRequire(import.meta.url);",
    },
  })
  if (parts === undefined) return
  const modules = join(folder, 'node_modules')
  const koffi = join(root, 'node_modules/koffi')
  cpSync(koffi, join(modules, 'koffi'), {
    recursive: true,
    filter: (path) => !unneeded.test(relative(koffi, path)),
  })
  cpSync(parts.koffi, join(modules, parts.koffiName), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  const node = join(folder, 'bin/node')
  copyFileSync(join(parts.node, 'bin/node'), node, constants.COPYFILE_FICLONE)
  chmodSync(node, 0o755)
}

/** The bundle as an asset in S3; another content has another key. */
export function makeRunnerAsset(scope: Construct, parts: MachineParts | undefined): Asset {
  return new Asset(scope, 'bundle', {
    path: join(root, 'functions'),
    displayName: 'upquorum runner for arm64',
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: what follows always succeeds, or throws.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(outputFolder) {
          bundleRunner(outputFolder, parts)
          return true
        },
      },
    },
  })
}

/** What is wrong with a bundle that was made without the parts of its machine. */
export const withoutNode =
  'the bundle of the runners is without Node and koffi for arm64 and cannot start; "npm run deploy" fetches them first'

/**
 * A template whose bundle lacks the parts of its machine is good to look at: nobody needs a network for `cdk
 * synth` and `cdk diff`. CloudFormation, however, refuses it before it makes anything, and says why. Nothing
 * at synth could refuse it, since the app is not told whether it is synthesized to be deployed.
 */
export function refuseDeploymentWithout(parts: MachineParts | undefined, scope: Construct): void {
  if (parts !== undefined) return
  Annotations.of(scope).addWarningV2('upquorum:runner-parts', withoutNode)
  const bundle = new CfnParameter(scope, 'RunnerBundle', {
    default: 'without Node',
    description: 'Whether the bundle of the runners could start; leave it as it is.',
  })
  const isWhole = Fn.conditionEquals(Fn.ref(bundle.logicalId), 'whole')
  new CfnRule(scope, 'RunnerBundleIsWhole', {
    assertions: [{ assert: isWhole, assertDescription: withoutNode }],
  })
}

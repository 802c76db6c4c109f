import { chmodSync, constants, copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Annotations, AssetHashType, CfnParameter, CfnRule, DockerImage, Fn } from 'aws-cdk-lib'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import { buildSync } from 'esbuild'
import { isFetched, lockedPackage, packagesFolder, runnerPackages } from './runner-packages.ts'

const root = join(import.meta.dirname, '..')

/** The native packages for a runner's machine; both paths are folders. */
export interface MachineParts {
  /** One of npm's `node-<platform>` packages. */
  readonly node: string
  /** koffi's native module, and the package name under which koffi loads it. */
  readonly koffi: string
  readonly koffiName: string
}

/** Files of koffi left out of the bundle: its documentation and the sources of its native module. */
const unneeded = /^(doc|lib|vendor)$|[/\\]abi$|\.(cc|hh|inc|def)$/

/** The native packages that `npm run deploy` fetched; undefined if they are missing or not of the locked version. */
export function fetchedParts(folder = packagesFolder): MachineParts | undefined {
  const { node, koffi } = runnerPackages
  if (![node, koffi].every((name) => isFetched(lockedPackage(name), folder))) return undefined
  return { node: join(folder, node), koffi: join(folder, koffi), koffiName: koffi }
}

/**
 * Writes a runner's program to `folder`: `runner.mjs`, `bin/node` and koffi. Without `parts` it holds only our own
 * code, which is enough to synthesize a template but cannot start.
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
    // koffi loads its native module relative to its own folder.
    external: ['koffi'],
    // As in the functions' bundles: CommonJS packages load Node's built-in modules with `require`.
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

/** Creates the S3 asset of the bundle, whose key is a hash of its content. */
export function makeRunnerAsset(scope: Construct, parts: MachineParts | undefined): Asset {
  return new Asset(scope, 'bundle', {
    path: join(root, 'functions'),
    displayName: 'upquorum runner for arm64',
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used, because local bundling succeeds or throws.
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

/** The error for a bundle without its native packages. */
export const withoutNode =
  'the runner bundle lacks Node and koffi for arm64 and cannot start; "npm run deploy" fetches them first'

/**
 * Makes CloudFormation reject a template whose bundle lacks its native packages, before it creates anything.
 * `cdk synth` and `cdk diff` still accept it, so that they need no network: at synth the app cannot know whether the
 * template will be deployed.
 */
export function refuseDeploymentWithout(parts: MachineParts | undefined, scope: Construct): void {
  if (parts !== undefined) return
  Annotations.of(scope).addWarningV2('upquorum:runner-parts', withoutNode)
  const bundle = new CfnParameter(scope, 'RunnerBundle', {
    default: 'without Node',
    description: 'Whether the runner bundle can start. Do not change.',
  })
  const isWhole = Fn.conditionEquals(Fn.ref(bundle.logicalId), 'whole')
  new CfnRule(scope, 'RunnerBundleIsWhole', {
    assertions: [{ assert: isWhole, assertDescription: withoutNode }],
  })
}

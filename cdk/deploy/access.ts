import { isUntrusted } from '../../functions/cli/aws-failure.ts'
import { cliClientConfig } from '../../functions/runtime/aws-client.ts'
import { type Arguments, optionOf } from './arguments.ts'

/** Returns the client configuration for a region, with the caller's credentials. */
export type Access = (region: string) => ReturnType<typeof cliClientConfig> & { readonly profile?: string }

/** Honors the CDK's `--profile` in our own calls. */
export function accessOf({ options }: Arguments): Access {
  const profile = optionOf(options, 'profile')
  return (region) => ({ ...cliClientConfig(region), ...(profile === undefined ? {} : { profile }) })
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The name of an option or variable by which the CDK may reach AWS although our own calls failed. They ignore the CDK's
 * options and AWS_CA_BUNDLE, and support proxies only since Node 24.5. CA bundles count only if every error was an
 * untrusted certificate.
 *
 * @param errors the errors of our own calls.
 */
export function cdkRoute(
  { options }: Arguments,
  environment: Environment,
  errors: readonly unknown[],
): string | undefined {
  const needsTrust = errors.every(isUntrusted)
  const variables = [...(needsTrust ? ['AWS_CA_BUNDLE'] : []), 'HTTPS_PROXY', 'https_proxy']
  const flags = [...(needsTrust ? ['ca-bundle-path'] : []), 'proxy']
  return (
    variables.find((name) => environment[name]) ??
    flags.filter((name) => optionOf(options, name) !== undefined).map((name) => `--${name}`)[0]
  )
}

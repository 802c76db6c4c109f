import { isUntrusted } from '../../functions/cli/aws-failure.ts'
import { cliClientConfig } from '../../functions/runtime/aws-client.ts'
import { type Arguments, optionOf } from './arguments.ts'

/** What a client of AWS is made from, in any region, as whoever called is known there. */
export type Access = (region: string) => ReturnType<typeof cliClientConfig> & { readonly profile?: string }

/** The CDK's `--profile` counts for us too. */
export function accessOf({ options }: Arguments): Access {
  const profile = optionOf(options, 'profile')
  return (region) => ({ ...cliClientConfig(region), ...(profile === undefined ? {} : { profile }) })
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What may lead the CDK to AWS where our own calls fail, by its name: they know neither its options nor
 * AWS_CA_BUNDLE, and proxies only from Node 24.5 on. Other certificates to trust help only where one was not trusted.
 *
 * @param errors what our own calls failed with.
 */
export function wayOfCdk(
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

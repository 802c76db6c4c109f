import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { address, host, ipVersion } from '../fields.ts'
import { splitPem } from './chain.ts'
import type { TlsTarget } from './target.ts'

/** PEM certificates that replace the public roots. */
export const certificateAuthorities = z
  .string()
  .meta({ title: 'PEM' })
  .max(64 * 1024)
  .refine(isPem, 'is not a certificate; write one or several in PEM, from -----BEGIN CERTIFICATE----- on')
  .meta({
    description: 'Root certificates in PEM, trusted instead of the public ones. Default: the public ones.',
  })

/** The name for SNI and for the certificate, where it is not the host. */
export const servername = host.meta({
  description: 'The name to ask for (SNI) and to find in the certificate. Default: the host of the address.',
  examples: ['www.example.org'],
})

function isPem(text: string): boolean {
  const blocks = splitPem(text)
  try {
    for (const block of blocks) new X509Certificate(block)
  } catch {
    return false
  }
  return blocks.length > 0
}

/** The options of a `tls` check. */
export const tlsSchema = z
  .strictObject({
    address: address(443).meta({
      description: 'The host to connect to, with a port unless it is 443.',
      examples: ['example.org', 'mail.example.org:993'],
    }),
    ip: ipVersion.optional(),
    days: z
      .number()
      .min(0)
      .max(3650)
      .default(14)
      .meta({
        description:
          'For how many days the certificate must still be valid, and where it is verified its whole chain.',
        examples: [30],
      }),
    verify: z
      .boolean()
      .default(true)
      .meta({
        description:
          "Whether chain and host name must be right too. Write false where only the certificate's dates count.",
        examples: [false],
      }),
    servername: servername.optional(),
    ca: certificateAuthorities.optional(),
    min_version: z
      .enum(['1.2', '1.3'])
      .default('1.2')
      .meta({ description: 'The lowest TLS version that the server may choose.', examples: ['1.3'] }),
    issuer: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({
        description: "A part of the issuer's name. Default: any issuer.",
        examples: ["Let's Encrypt"],
      }),
  })
  .transform(({ address: { host, port }, days, verify, min_version, ...rest }): TlsTarget => {
    const { ip, servername, ca, issuer } = rest
    return {
      host,
      port,
      days,
      verify,
      minVersion: min_version,
      ...(ip !== undefined && { ip }),
      ...(servername !== undefined && { servername }),
      ...(ca !== undefined && { ca }),
      ...(issuer !== undefined && { issuer }),
    }
  })
  .describe(
    "A TLS server's certificate. Online if it is for this host, its verified chain is complete, and none of it ends within days.",
  )

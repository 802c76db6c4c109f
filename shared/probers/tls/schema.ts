import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { address, host, ipVersion } from '../fields.ts'
import { splitPem } from './chain.ts'
import type { TlsTarget } from './target.ts'

/** PEM certificates that replace the public roots. */
export const certificateAuthorities = z
  .string()
  .max(64 * 1024)
  .refine(isPem, 'is not a certificate; write one or several in PEM, from -----BEGIN CERTIFICATE----- on')
  .describe('Trusted root certificates in PEM, instead of the public ones.')

/** The name for SNI and the certificate, if it is not the host. */
export const servername = host.describe(
  'The name to send (SNI) and to expect in the certificate. Default: the host.',
)

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
    address: address(443).describe('The host and port to connect to. Default port: 443.'),
    ip: ipVersion.optional().describe('Connect over this IP version only.'),
    days: z
      .number()
      .min(0)
      .max(3650)
      .default(14)
      .describe('For how many days the certificate, and its whole chain when verified, must still be valid.'),
    verify: z
      .boolean()
      .default(true)
      .describe("Whether chain and host name must be valid too. false: only the certificate's dates count."),
    servername: servername.optional(),
    ca: certificateAuthorities.optional(),
    min_version: z
      .enum(['1.2', '1.3'])
      .default('1.2')
      .describe('The lowest TLS version that the server may choose.'),
    issuer: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("A part of the issuer's name, such as Let's Encrypt. Default: any issuer."),
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
  .describe("A TLS server's certificate: how long it is valid, and for whom.")

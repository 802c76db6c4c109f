/** Our own limit; SNS refuses messages above 256 KiB, attributes included. */
export const maxMessageBytes = 200 * 1024

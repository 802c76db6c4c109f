/** Our own bound; SNS refuses a message above 256 KiB, attributes included. */
export const maxMessageBytes = 200 * 1024

/** What macOS permits a process unless told otherwise, the least of all systems that tell. */
const usualLimit = 256

/**
 * How many files and sockets this process may have open at once (RLIMIT_NOFILE); the usual number where the
 * system does not say, as Windows.
 */
export function openFilesLimit(): number {
  // Otherwise it would look up the names of whoever this process is connected with.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
  }
  const soft = userLimits?.open_files?.soft
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY
  return typeof soft === 'number' ? soft : usualLimit
}

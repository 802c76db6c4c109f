/** The default limit on macOS, the lowest among the systems that report one. */
const usualLimit = 256

/** Maximum open files and sockets of this process (RLIMIT_NOFILE), or 256 where the system reports none (Windows). */
export function openFilesLimit(): number {
  // Without this the report resolves the host name of every connected peer.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } }
  }
  const soft = userLimits?.open_files?.soft
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY
  return typeof soft === 'number' ? soft : usualLimit
}
